// Cards: a picture of a view with its truth and what every model called it.

const CARDS_AT_ONCE = 60;

/** An element; texts go in as text, whatever they hold. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function image(path, alt, className = "") {
  const element = make("img", { alt, className, width: 320, height: 320, decoding: "async", loading: "lazy" });
  element.addEventListener("error", () => {
    element.replaceWith(className.includes("layer") ? "" : missingPicture("this picture is not beside the page"));
  }, { once: true });
  element.src = sourceOf(path);
  return element;
}

function missingPicture(words = "no picture of this view in the run") {
  return make("span", { className: "missing" }, words);
}

function card(data, view, address) {
  const { name, defect, truth, perturbation } = describe(data, view);
  const picture = make("span", { className: "picture" },
    hasPicture(data, view) ? image(picturePath(data, view, "jpg"), altText(data, view)) : missingPicture());
  if (hasOutline(data, view)) {
    picture.append(image(picturePath(data, view, "png"), "", "outline layer"));
  }
  const sample = data.photographs.sample[data.views.photograph[view]];
  const link = make("a", { className: "card", href: address },
    picture,
    make("span", { className: `truth ${truth}` }, make("strong", {}, name), ` ${defect}`),
    make("span", { className: "muted" }, `${sample.slice(sample.lastIndexOf("/") + 1)}, ${perturbation}`),
    make("span", { className: "chips" }, ...askedAbout(data, view, data.judging).map((entrant) => chip(entrant, view))));
  link.dataset.view = view;
  return make("li", {}, link);
}

function chip(entrant, view) {
  const { name, sign } = OUTCOMES[entrant.outcome[view]];
  const before = entrant.before.get(view);
  const flip = entrant.flip[view] === 0 ? "" : entrant.flip[view] === HARMFUL ? ", flipped to wrong" : ", flipped to right";
  return make("span", { className: `chip ${name}` },
    make("span", { className: "sign", ariaHidden: "true" }, sign),
    make("span", {}, `${entrant.label}: ${CALLED[entrant.verdicts[view]]}`,
      make("span", { className: "unseen" }, `, ${outcomeWords(name)}`), flip ? make("small", {}, flip) : "",
      before ? make("small", {}, `, was ${CALLED[before.verdict]}`) : ""));
}

function outcomeWords(name) {
  return { unjudged: "not judged", unasked: "not asked" }[name] ?? name;
}

/** Shows the first cards of many, and more as a reader comes near their end. */
class CardList {
  constructor(data, place, more, addressOf) {
    this.data = data;
    this.place = place;
    this.more = more;
    this.addressOf = addressOf;
    this.views = [];
    this.shown = 0;
    more.addEventListener("click", () => this.showMore(true));
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && this.shown > 0) this.showMore(false);
    }, { rootMargin: "600px" }).observe(more);
    place.addEventListener("keydown", (event) => this.move(event));
  }

  show(views) {
    this.views = views;
    this.shown = 0;
    this.place.replaceChildren();
    this.showMore(false);
  }

  showMore(isFocused) {
    const next = this.views.slice(this.shown, this.shown + CARDS_AT_ONCE);
    const cards = next.map((view) => card(this.data, view, this.addressOf(view)));
    this.place.append(...cards);
    this.shown += next.length;
    const left = this.views.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = `Show more (${left.toLocaleString("en")} left)`;
    if (isFocused && cards.length > 0) cards[0].firstChild.focus();
  }

  refreshAddresses() {
    for (const link of this.place.querySelectorAll("a.card")) {
      link.href = this.addressOf(Number(link.dataset.view));
    }
  }

  move(event) {
    const links = [...this.place.querySelectorAll("a.card")];
    const at = links.indexOf(document.activeElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const topOf = (link) => Math.round(link.getBoundingClientRect().top);
    const across = Math.max(1, links.findIndex((link) => topOf(link) > topOf(links[0])));
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    const target = links[at + step];
    if (target !== undefined) {
      event.preventDefault();
      target.focus();
    }
  }
}
