const shown = new WeakMap();

const offer = (root, href, filename, isCopy) => {
  const save = root.querySelector(".save");
  save.href = href;
  save.hidden = false;
  if (isCopy) save.download = filename;
  else Object.assign(save, { target: "_blank", rel: "noopener noreferrer", textContent: "Open PDF" });
  const frame = root.querySelector("iframe");
  frame.src = href;
  frame.hidden = false;
};

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".document");
  if (shown.get(box)?.sha256 === data.sha256) return;
  URL.revokeObjectURL(shown.get(box)?.copy);
  const state = { sha256: data.sha256 };
  shown.set(box, state);
  // A copy in memory survives the short-lived link and can be saved under a good name. If the store does
  // not let this page read the document, the page shows the link itself.
  fetch(data.url)
    .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(String(answer.status)))))
    .then((blob) => {
      state.copy = URL.createObjectURL(new Blob([blob], { type: "application/pdf" }));
      offer(parentElement, state.copy, data.filename, true);
    })
    .catch(() => offer(parentElement, data.url, data.filename, false));
}
