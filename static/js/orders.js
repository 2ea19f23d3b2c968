// The sum under the orders follows what is ticked.

const form = document.querySelector("[data-total]");
const boxes = [...form.querySelectorAll("input[name=number]")];
const sum = form.querySelector("[data-sum] .money") ?? form.querySelector("[data-sum]");
const buttons = form.querySelectorAll("button[name=gateway], button[data-needs-some]");

function refresh() {
  const fen = boxes.filter((box) => box.checked).reduce((total, box) => total + Number(box.dataset.fen), 0);
  const text = (fen / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  sum.textContent = form.dataset.total === "en" ? `¥${text}` : `${text} 元`;
  for (const button of buttons) {
    button.disabled = fen === 0;
  }
}

form.addEventListener("change", refresh);
window.addEventListener("pageshow", refresh);
