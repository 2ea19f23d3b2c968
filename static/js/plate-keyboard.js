// A keyboard for number plates: first the provinces, then letters and digits. I and O are never issued.
// The field stays an ordinary one: a hardware keyboard, pasting and the phone's own keyboard keep working.

const SIGNS = ["1234567890", "QWERTYUP", "ASDFGHJKL", "ZXCVBNM", "学警港澳挂领使"].map((row) => [...row]);

function build(box) {
  const field = document.getElementById(box.dataset.plateKeys);
  if (!field || !window.matchMedia("(pointer: coarse), (max-width: 799px)").matches) {
    return;
  }
  const provinces = [...box.dataset.provinces];
  let places = field.value === "";

  function put(sign) {
    if (field.value.length < 9) {
      field.value += sign;
    }
    show(false);
  }

  function key(label, act, wide) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.className = wide ? "wide" : "";
    button.addEventListener("click", act);
    box.append(button);
  }

  function show(wanted) {
    if (box.firstChild && places === wanted) {
      return;
    }
    const within = box.contains(document.activeElement);
    places = wanted;
    box.replaceChildren();
    for (const sign of places ? provinces : SIGNS.flat()) {
      key(sign, () => put(sign));
    }
    key(places ? box.dataset.letters : box.dataset.places, () => show(!places), true);
    key(box.dataset.delete, () => {
      field.value = [...field.value].slice(0, -1).join("");
      show(field.value === "");
    }, true);
    if (within) {
      box.firstElementChild.focus();
    }
  }

  // The phone's own keyboard stays away while ours is there; a second tap on the field brings it back.
  field.inputMode = "none";
  field.addEventListener("dblclick", () => { field.inputMode = "text"; });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", box.dataset.label);
  field.addEventListener("focus", () => { box.hidden = false; });
  show(places);
}

document.querySelectorAll("[data-plate-keys]").forEach(build);
