/* An application in strict mode that shows the chat, takes it away, and shows it again. */
"use strict";
const module = document.currentScript.dataset.module;
const { StrictMode, createElement, useEffect, useRef, useState } = React;

function Chat() {
  const chat = useRef(null);
  useEffect(() => {
    const element = chat.current;
    const count = () => { window.answers = (window.answers ?? 0) + 1; };
    import(module);
    element.addEventListener("dipnot:answer", count);
    return () => element.removeEventListener("dipnot:answer", count);
  }, []);
  return createElement("dipnot-chat", { ref: chat, lang: "tr", position: "bottom-left" });
}

function App() {
  const [isShown, show] = useState(true);
  return createElement(
    "main",
    null,
    createElement("button", { id: "toggle", onClick: () => show(!isShown) }, "Sohbet"),
    isShown && createElement(Chat),
  );
}

ReactDOM.createRoot(document.getElementById("root")).render(createElement(StrictMode, null, createElement(App)));
