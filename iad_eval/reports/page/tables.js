// Tables: a click on a heading sorts by its column; a third click gives the report's own order back.

function makeSortable(table) {
  const body = table.tBodies[0];
  const given = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.setAttribute("aria-sort", "none");
    heading.querySelector("button").addEventListener("click", () => {
      const isNumeric = heading.classList.contains("right");
      const order = nextOrder(heading.getAttribute("aria-sort"), isNumeric);
      headings.forEach((other) => other.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", order);
      body.append(...(order === "none" ? given : sortedRows(given, column, isNumeric, order)));
    });
  });
}

function nextOrder(order, isNumeric) {
  const cycle = isNumeric ? ["none", "descending", "ascending"] : ["none", "ascending", "descending"];
  return cycle[(cycle.indexOf(order) + 1) % cycle.length];
}

function sortedRows(rows, column, isNumeric, order) {
  const sign = order === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: sortKey(row.cells[column], isNumeric) }));
  keyed.sort((one, other) => {
    if (one.key === null || other.key === null) {
      return (one.key === null) - (other.key === null); // what was not measured stays last
    }
    return sign * (isNumeric ? one.key - other.key : compareNames(one.key, other.key));
  });
  return keyed.map((entry) => entry.row);
}

function sortKey(cell, isNumeric) {
  if (!isNumeric) {
    return cell.textContent.trim();
  }
  return cell.dataset.value ? Number(cell.dataset.value) : null;
}

const collator = new Intl.Collator("en", { numeric: true });

function compareNames(one, other) {
  return collator.compare(one, other);
}
