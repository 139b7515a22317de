// Takes the items that are in the document now. An item is known again by its place in the scrolled content (or by
// being the same unchanged node), never by its text: two items may read the same. A list that puts new items into the
// same places starts a new epoch; there the end of the last window and the beginning of this one are laid over each
// other. Does nothing, unless `force`, while the items are still changing: `settled` is false then.
(state, { force }) => {
  const { scroller, inert } = state;
  const origin = (state.isPage ? 0 : scroller.getBoundingClientRect().top) - scroller.scrollTop;
  const known = (element) =>
    Array.from(element.attributes)
      .filter(({ name }) => name !== "style" && name !== "class" && name !== "tabindex")
      .map(({ name, value }) => name + "=" + value)
      .join("\n");
  const items = [];
  for (const node of state.list().children) {
    const box = node.getBoundingClientRect();
    if (box.height > 0 && state.meaningful(node)) {
      items.push({ node, sign: known(node) + "\n" + node.innerHTML, top: box.top - origin, left: box.left });
    }
  }
  items.sort((a, b) => a.top - b.top || a.left - b.left);
  const stamp = items.map((item) => Math.round(item.top) + item.sign).join("\n\n");
  if (stamp !== state.stamp && !force) {
    state.stamp = stamp;
    return { settled: false, fresh: 0, size: state.size };
  }
  state.stamp = stamp;
  if (items.length) {
    state.absolute = state.absolute || getComputedStyle(items[0].node).position === "absolute";
  }

  const last = state.last;
  const byNode = new Map(last.map((item) => [item.node, item]));
  const byPlace = new Map(last.map((item) => [Math.round(item.top) + "," + Math.round(item.left), item]));
  const at = (item) => {
    for (const down of [0, -1, 1, -2, 2]) {
      const found = byPlace.get(Math.round(item.top) + down + "," + Math.round(item.left));
      if (found) {
        return found;
      }
    }
    return null;
  };
  let same = 0;
  let different = 0;
  for (const item of items) {
    const twin = byNode.get(item.node);
    const rival = at(item);
    if (twin && twin.sign === item.sign) {
      item.record = twin.record;
      same++;
    } else if (rival && rival.sign === item.sign) {
      item.record = rival.record;
      same++;
    } else if (rival) {
      item.rival = rival.record;
      different++;
    }
  }
  const stayed = items.length > 0 && last.length > 0 && items[0].top <= last[0].top + 2;
  if (stayed && different > same) {
    state.epoch++;
    let overlap = Math.min(last.length, items.length);
    while (overlap > 0 && !items.slice(0, overlap).every((item, i) =>
      item.sign === last[last.length - overlap + i].sign)) {
      overlap--;
    }
    items.forEach((item, i) => {
      item.rival = null;
      item.record = i < overlap ? last[last.length - overlap + i].record : null;
    });
  }

  let fresh = 0;
  for (const item of items) {
    let record = item.record || item.rival;
    if (!record) {
      record = { epoch: state.epoch, copy: null, sign: null };
      state.records.push(record);
      fresh++;
    }
    if (record.sign !== item.sign) {
      // New, or what was a placeholder has been filled in.
      state.size += item.sign.length - (record.sign ? record.sign.length : 0);
      record.sign = item.sign;
      record.copy = inert.importNode(item.node, true);
    }
    if (record.epoch === state.epoch) {
      record.top = item.top;
      record.left = item.left;
    }
    item.record = record;
  }
  if (items.length) {
    state.last = items;
  }
  return { settled: true, fresh, size: state.size };
}
