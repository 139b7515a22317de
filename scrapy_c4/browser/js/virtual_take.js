// Takes the items that are in the document now. An item is known again by its node or its place in the scrolled
// content, never by its text alone: two items may read the same. A list that puts new items into the same places is
// told from one that scrolls by just that; there, and where places say nothing, what is known already and the beginning of
// this window are laid over each other. Takes nothing, unless `force`, while the items are still changing (`settled` is false) or when items
// between this window and the last one have not been shown (`gap`, in pixels).
(state, { force }) => {
  const { scroller, inert, last, records } = state;
  const origin = (state.isPage ? 0 : scroller.getBoundingClientRect().top) - scroller.scrollTop;
  const attributesOf = c4.getter("attributes");
  const known = (element) =>
    Array.from(attributesOf(element))
      .filter(({ name }) => name !== "style" && name !== "class" && name !== "tabindex")
      .map(({ name, value }) => name + "=" + value)
      .join("\n");
  const items = [];
  for (const node of state.list().children) {
    const box = node.getBoundingClientRect();
    if (box.height > 0 && state.meaningful(node)) {
      const sign = known(node) + "\n" + c4.markup(node);
      items.push({ node, sign, top: box.top - origin, left: box.left, height: box.height });
    }
  }
  items.sort((a, b) => a.top - b.top || a.left - b.left);
  const stamp = items.map((item) => Math.round(item.top) + item.sign).join("\n\n");
  if (stamp !== state.stamp && !force) {
    state.stamp = stamp;
    return { settled: false, fresh: 0, gap: 0, size: state.size };
  }
  state.stamp = stamp;
  if (!items.length) {
    return { settled: true, fresh: 0, gap: 0, size: state.size };
  }
  state.absolute = state.absolute || getComputedStyle(items[0].node).position === "absolute";

  // What of the last window is still here? Sizes that the page has only guessed shift places a little.
  const byNode = new Map(last.map((item) => [item.node, item]));
  const bySign = new Map();
  const byPlace = new Map();
  const place = (item, down) => Math.round(item.top) + down + "," + Math.round(item.left);
  for (const item of last) {
    byPlace.set(place(item, 0), item);
    bySign.set(item.sign, [...(bySign.get(item.sign) || []), item]);
  }
  const at = (item) => {
    const down = [0, -1, 1, -2, 2].find((pixels) => byPlace.has(place(item, pixels)));
    return down === undefined ? null : byPlace.get(place(item, down));
  };
  const near = (item) => {
    let nearest = null;
    for (const other of bySign.get(item.sign) || []) {
      const away = Math.abs(other.top - item.top);
      if (away < item.height / 2 && Math.abs(other.left - item.left) < 2) {
        nearest = nearest && Math.abs(nearest.top - item.top) <= away ? nearest : other;
      }
    }
    return nearest;
  };
  const used = new Set();
  let same = 0;
  let different = 0;
  const claim = (item, twin) => {
    item.record = twin.record;
    used.add(twin.record);
    same++;
  };
  for (const item of items) {
    const twin = byNode.get(item.node);
    // A node that is used again elsewhere may read the same there.
    if (twin && twin.sign === item.sign && (bySign.get(item.sign).length === 1 || near(item) === twin)) {
      claim(item, twin);
    }
  }
  for (const item of items.filter(({ record }) => !record)) {
    const twin = [at(item), near(item)].find((other) => other && other.sign === item.sign && !used.has(other.record));
    if (twin) {
      claim(item, twin);
    } else if (at(item) && !used.has(at(item).record)) {
      item.rival = at(item).record;
      different++;
    }
  }
  // Where the items begin among the records if these go on as they did: every one that is known already reads the same.
  const begins = (from) => {
    const known = Math.min(items.length, records.length - from);
    for (let i = 0; i < known; i++) {
      if (records[from + i].sign !== items[i].sign) {
        return false;
      }
    }
    return true;
  };
  const startOf = (item) => records.lastIndexOf(item.record) - items.indexOf(item);
  const claimed = items.find(({ record }) => record);
  // Where places are right, they tell repeated items better. But a list that guesses the heights of what it does not show
  // moves its items.
  const placed = claimed && items.every((item, i) => {
    const at = startOf(claimed) + i;
    return at < 0 || at >= records.length || item.record === records[at];
  });
  const realign = (from) => {
    items.forEach((item, i) => {
      item.rival = null;
      item.record = records[from + i] || null;
    });
  };
  const stayed = last.length > 0 && items[0].top <= last[0].top + 2;
  const replaced = stayed && different > same;
  let from = -1;
  if (last.length && !placed && !replaced) {
    // From where most are known.
    const first = Math.max(0, records.lastIndexOf(last[0].record) - items.length);
    for (let at = first; at < records.length && from < 0; at++) {
      from = begins(at) && Math.min(items.length, records.length - at) > same ? at : -1;
    }
  }
  if (from >= 0) {
    realign(from);
  } else if (replaced) {
    from = Math.max(records.length - items.length, 0);
    while (!begins(from)) {
      from++;
    }
    realign(from);
  } else if (last.length && !force) {
    const end = Math.max(...last.map((item) => item.top + item.height));
    if (items[0].top - end > 0.75 * items[0].height) {
      return { settled: true, fresh: 0, gap: items[0].top - end, size: state.size };
    }
  }

  // New records go to the place that the window gives them among the known ones.
  let fresh = 0;
  let next = records.length;
  const first = items.find((item) => item.record || item.rival);
  if (first) {
    next = records.lastIndexOf(first.record || first.rival);
  }
  for (const item of items) {
    let record = item.record || item.rival;
    if (record) {
      next = records.lastIndexOf(record) + 1;
    } else {
      record = { copy: null, sign: null };
      records.splice(next, 0, record);
      next++;
      fresh++;
    }
    if (record.sign !== item.sign) {
      // New, or what was a placeholder has been filled in.
      state.size += item.sign.length - (record.sign ? record.sign.length : 0);
      record.sign = item.sign;
      record.copy = c4.copied(item.node, inert);
    }
    item.record = record;
  }
  state.last = items;
  return { settled: true, fresh, gap: 0, size: state.size };
}
