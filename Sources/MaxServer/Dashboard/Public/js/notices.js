// What is wrong with the installation, in plain words, above the panels.

import { byId } from "./dom.js";

export function noticeMissingFile({ file, consequence }) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  const name = document.createElement("code");
  name.textContent = file;
  const command = document.createElement("code");
  command.textContent = "make browser-files";
  notice.append(
    "The server has no ", name, `. ${consequence} Run `, command,
    " in the server's project folder, then reload this page.");
  byId("notices").append(notice);
}
