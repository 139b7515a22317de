// Twelve small catalogues, the same at every build.
const WORDS = (
  "amber anchor apple arrow autumn bamboo basil beacon birch blanket bottle branch bridge bronze candle canvas cedar " +
  "chestnut cinnamon clover cobalt copper coral cotton cradle crystal daisy delta ember falcon feather fennel forest " +
  "garden ginger glacier granite harbor hazel heather honey indigo island ivory jasmine juniper kettle lantern laurel " +
  "lavender lemon linen lotus maple marble meadow mint mirror nectar nutmeg oak ocean olive opal orchid pebble pepper " +
  "pine plum poppy prairie quartz raven river rosemary saffron sage sandal silver slate sparrow spruce summer thistle " +
  "thunder timber topaz tulip valley velvet violet walnut willow winter wool zephyr"
).split(" ");

let seed = 20240229;
const next = (n) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % 65521 % n;
const words = (n) => Array.from({ length: n }, () => WORDS[next(WORDS.length)]).join(" ");
const capital = (text) => text[0].toUpperCase() + text.slice(1);

export const catalogues = Array.from({ length: 12 }, (_, set) => ({
  id: set,
  title: capital(words(3)),
  intro: capital(words(25)) + ".",
  items: Array.from({ length: 10 }, (_, n) => ({
    name: capital(words(2)),
    text: capital(words(12)) + ".",
    href: `/item/${set}-${n}`,
  })),
}));
