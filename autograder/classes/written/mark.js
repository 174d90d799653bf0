"use strict";
// The marking page. Texts of learners come as HTML that the server made safe; everything else is set as text.

const byId = (id) => document.getElementById(id);
const shown = { question: 0, group: 0 };
let state = { title: "", questions: [] };
let last = null; // what was given last: points and comment
let asked = 0; // number of the answer that was asked for last: a slower one must not take its place
let conflicts = 0; // how often a mark was refused because somebody else marked the same answer
let half = false; // whether the next digit gets a half
let sure = null; // the points whose key was pressed once for an answer that has its points
let work = Promise.resolve(); // marks are sent one after the other, in the order of the keys

const question = () => state.questions[shown.question];
const group = () => question().groups[shown.group];
const number = (value) => String(Math.round(value * 100) / 100);
const count = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;

function say(text, fault = false) {
  byId("said").textContent = text;
  byId("said").classList.toggle("fault", fault);
}

async function send(path, body) {
  const options = body && {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  };
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw new Error("The server is gone. Start `vae-course mark` again; what was saved is kept.");
  }
  if (reply.headers.get("Content-Type").startsWith("application/json")) {
    const content = await reply.json();
    if (content.conflict) showConflict(content);
    return content;
  }
  throw new Error(await reply.text());
}

function queue(task) {
  // What waits behind a conflict is dropped: it was meant for what the page showed before.
  const before = conflicts;
  work = work.then(() => before === conflicts && task()).catch((error) => say(error.message, true));
  return work;
}

// ---------------------------------------------------------------------------------------------- show

function keyOf(points) {
  if (points > 9.5 || (2 * points) % 1) return null;
  return points % 1 ? `h ${Math.floor(points)}` : String(points);
}

function button(label, key, pressed, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  if (key !== null) {
    const hint = document.createElement("kbd");
    hint.textContent = key;
    made.append(" ", hint);
  }
  made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}

function safeNodes(html, folder) {
  // The parsed document loads nothing; pictures beside the answer get an address before they are shown.
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const picture of parsed.querySelectorAll("img")) {
    const source = picture.getAttribute("src") || "";
    if (source && !source.startsWith("data:")) picture.setAttribute("src", folder + source);
    if (!picture.hasAttribute("alt")) picture.setAttribute("alt", "");
  }
  for (const link of parsed.querySelectorAll("a")) link.setAttribute("target", "_blank");
  return parsed.body.childNodes;
}

function put(id, html, folder) {
  byId(id).replaceChildren(...safeNodes(html, folder));
}

function showQuestion() {
  const now = question();
  byId("question").value = String(shown.question);
  put("text", now.text, "files/none/0/");
  put("rubric", now.rubric, "files/none/0/");
  put("model", now.model, "files/none/0/");
  byId("points-for").hidden = !now.rubric;
  byId("exact").max = now.points;
  showGroup();
}

const waitingIn = (q) => q.groups.reduce((sum, g) => sum + g.waiting, 0);

function waitsElsewhere() {
  const waits = state.questions.reduce((sum, q) => sum + waitingIn(q), 0) - waitingIn(question());
  return waits ? `${waits} wait in another question: press n.` : "";
}

function showProgress() {
  const groups = question().groups;
  const all = groups.reduce((sum, g) => sum + g.students.length, 0);
  const waits = waitingIn(question());
  byId("bar").max = all || 1;
  byId("bar").value = all - waits;
  byId("progress").textContent = waits
    ? `${all - waits} of ${all} marked`
    : `All ${all} marked. ${waitsElsewhere() || "Later: vae-course grade, for feedback pages and late penalties."}`;
}

function showMarks() {
  const now = group();
  const points = now.points.map(number).join(" or ");
  byId("given").textContent = now.waiting
    ? `Waits for points${points ? ` (has ${points})` : ""}`
    : `${points || "No"} of ${number(question().points)} points`;
  byId("answer").className = `text ${now.waiting ? "waits" : "marked"}`;
  const only = now.points.length === 1 && !now.waiting ? now.points[0] : null;
  byId("points").replaceChildren(
    ...question().steps.map((value) =>
      button(number(value), keyOf(value), value === only, () => give(value)),
    ),
  );
  byId("exact").value = "";
  byId("comment").value = now.comments.find((text) => text) || "";
  showComments();
  byId("undo").disabled = !question().undo;
  byId("again").disabled = last === null;
}

function showComments() {
  const lines = byId("comment").value.split("\n");
  byId("comments").replaceChildren(
    ...question().comments.map((text, n) =>
      button(text, `Shift ${n + 1}`, lines.includes(text), () => reuse(n)),
    ),
  );
}

function showGroup() {
  sure = null;
  showProgress();
  const groups = question().groups;
  const now = group();
  byId("which").textContent = `Answer ${shown.group + 1} of ${groups.length}`;
  const many = now.students.length;
  const names = now.students.slice(0, 5).join(", ") + (many > 5 ? " …" : "");
  const what = now.blank ? "nothing was written by" : "the same was written by";
  byId("who").textContent = many > 1 || now.blank
    ? `${what} ${count(many, "student", "students")}: ${names}`
    : names;
  const alike = Math.min(99, Math.round(100 * now.alike)); // the same ones are one group
  const before = groups[shown.group - 1];
  const has = before && !before.waiting ? `, which has ${before.points.map(number).join(" or ")}` : "";
  byId("like").textContent = alike ? `${alike} % like the answer before${has}` : "";
  showMarks();
  const mine = ++asked;
  const folder = `files/${question().id}/${shown.group}/`;
  byId("answer").setAttribute("aria-busy", "true");
  send(`answer/${question().id}/${shown.group}`).then(
    ({ html }) => {
      if (mine !== asked) return;
      put("answer", now.blank ? "<p>(nothing)</p>" : html, folder);
      byId("answer").scrollTop = 0;
      byId("answer").removeAttribute("aria-busy");
    },
    (error) => say(error.message, true),
  );
  history.replaceState(null, "", `#${question().id}/${shown.group}`);
}

// ---------------------------------------------------------------------------------------------- move

function go(place) {
  if (place < 0 || place >= question().groups.length) return;
  shown.group = place;
  showGroup();
}

function goWaiting() {
  const groups = question().groups;
  const order = groups.map((_, n) => (shown.group + 1 + n) % groups.length);
  const found = order.find((n) => groups[n].waiting);
  const elsewhere = state.questions.findIndex(waitingIn);
  if (found !== undefined) go(found);
  else if (elsewhere >= 0) goQuestion(elsewhere);
  else {
    say("No answer waits.");
    showGroup();
  }
}

function goQuestion(place) {
  if (place < 0 || place >= state.questions.length) return;
  shown.question = place;
  const waiting = question().groups.findIndex((g) => g.waiting);
  shown.group = Math.max(0, waiting);
  say("");
  if (question().groups.length) showQuestion();
}

// ---------------------------------------------------------------------------------------------- mark

function take(changed) {
  const place = state.questions.findIndex((q) => q.id === changed.id);
  Object.assign(state.questions[place], changed);
  for (const other of state.questions) other.undo = changed.undo;
  return place;
}

const groupAt = (place) => state.questions.find((q) => q.id === place.question).groups[place.group];
const seen = (place) => groupAt(place).seen;

function showConflict(changed) {
  conflicts += 1;
  const typed = byId("comment").value;
  const place = take(changed);
  const stays = place === shown.question && changed.group === shown.group;
  Object.assign(shown, { question: place, group: changed.group });
  showQuestion();
  if (stays) byId("comment").value = typed;
  showComments();
  const words = group().comments.filter((text) => text).join(" / ");
  const now = `${byId("given").textContent}${words ? `, “${words}”` : ""}`;
  throw new Error(`${changed.conflict} Now: ${now}.`);
}

function give(points, comment = byId("comment").value) {
  const place = { question: question().id, group: shown.group };
  const many = group().students.length;
  queue(async () => {
    const now = state.questions[take(await send("mark", { ...place, points, comment, seen: seen(place) }))];
    const stays = place.question === question().id && place.group === shown.group;
    last = { points, comment: comment.trim() };
    const waits = waitingIn(now);
    const whom = many > 1 ? ` for ${many} students` : "";
    const rest = waits ? `${waits} wait.` : waitsElsewhere() || "No answer waits.";
    if (stays && waits) goWaiting();
    else if (stays) showGroup();
    else showProgress();
    say(`Saved: ${count(points, "point", "points")}${whom}. ${rest}`);
  });
}

function saveComment() {
  const comment = byId("comment").value;
  const place = { question: question().id, group: shown.group };
  queue(async () => {
    const known = groupAt(place).comments;
    if (known.length === 1 && comment.trim() === known[0]) return;
    take(await send("mark", { ...place, points: null, comment, seen: seen(place) }));
    showComments();
    byId("undo").disabled = !question().undo;
    say("Comment saved.");
  });
}

function reuse(n) {
  const text = question().comments[n];
  if (text === undefined) return;
  const box = byId("comment");
  const lines = box.value.split("\n").filter((line) => line.trim());
  const kept = lines.filter((line) => line !== text);
  box.value = (kept.length < lines.length ? kept : [...lines, text]).join("\n");
  showComments();
  saveComment();
}

function undo() {
  queue(async () => {
    const changed = await send("undo", { seen: question().undo });
    if (changed.id === undefined) return say("There is nothing to undo.");
    shown.question = take(changed);
    shown.group = changed.group;
    showQuestion();
    say("Taken back.");
  });
}

// ---------------------------------------------------------------------------------------------- keys

const KEYS = {
  j: () => go(shown.group + 1),
  k: () => go(shown.group - 1),
  n: goWaiting,
  r: () => last && give(last.points, last.comment),
  u: undo,
  c: () => byId("comment").focus(),
  p: () => byId("exact").focus(),
  h: () => {
    half = true;
    say("And a half: press 0 to 9.");
  },
  m: () => byId("model-answer").toggleAttribute("open"),
  "[": () => goQuestion(shown.question - 1),
  "]": () => goQuestion(shown.question + 1),
};

function pressed(event) {
  if (event.key === "Escape") {
    half = false;
    return document.activeElement.blur();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("textarea, input, select")) return;
  const digit = /^(Digit|Numpad)(\d)$/.exec(event.code);
  let act = KEYS[event.key];
  if (digit && event.shiftKey) act = () => reuse(Number(digit[2]) - 1);
  else if (digit) {
    const value = Number(digit[2]) + (half ? 0.5 : 0);
    const most = question().points;
    const keys = half ? `h and ${event.key}` : event.key;
    act = () => {
      if (value > most) say(`At most ${number(most)} points.`, true);
      else if (group().waiting || sure === value) give(value);
      else {
        sure = value;
        say(`This answer has its points. Press ${keys} again to change them.`);
      }
    };
  }
  if (!act) return;
  event.preventDefault();
  half = false;
  act();
}

async function start() {
  state = await send("state");
  byId("lesson").textContent = state.title;
  document.title = `Mark: ${state.title}`;
  byId("question").replaceChildren(
    ...state.questions.map((q, n) => new Option(`${q.title} (${number(q.points)} points)`, n)),
  );
  byId("question").addEventListener("change", (e) => goQuestion(Number(e.target.value)));
  byId("back").addEventListener("click", KEYS.k);
  byId("next").addEventListener("click", KEYS.j);
  byId("waiting").addEventListener("click", KEYS.n);
  byId("again").addEventListener("click", KEYS.r);
  byId("undo").addEventListener("click", undo);
  byId("comment").addEventListener("input", showComments);
  byId("comment").addEventListener("change", saveComment);
  byId("exactly").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = byId("exact").valueAsNumber;
    document.activeElement.blur();
    if (!Number.isNaN(value)) give(value);
  });
  document.addEventListener("keydown", pressed);
  const [id, place] = location.hash.slice(1).split("/");
  const known = state.questions.findIndex((q) => q.id === id);
  if (known >= 0 && state.questions[known].groups[place]) {
    Object.assign(shown, { question: known, group: Number(place) });
    showQuestion();
  } else {
    goQuestion(Math.max(0, state.questions.findIndex(waitingIn)));
  }
}

queue(start);
