// Shows what needs a passkey where the browser can use one here, and says so where one could not be used.
// The ceremony itself is allauth's script. Without script none of this is shown; the other ways remain.
document.addEventListener("DOMContentLoaded", () => {
  // A passkey belongs to a name, never to a bare number.
  const named = !/^(\d+\.){3}\d+$|:/.test(location.hostname);
  if (!window.PublicKeyCredential || !window.isSecureContext || !named) return;
  for (const part of document.querySelectorAll(".passkey")) part.hidden = false;
  for (const part of document.querySelectorAll(".no-passkey")) part.hidden = true;
});
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const said of document.querySelectorAll(".passkey-failed")) said.hidden = false;
});
