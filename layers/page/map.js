// Draws the data block with Leaflet. Every text from the data is set as textContent; icons are drawn from
// constants of the program. Nothing here turns a text into markup or code.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const el = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const map = map_zoneplan; // described by folium
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: false }).addTo(map);
  const panel = document.getElementById("panel");
  panel.append(el("h1", data.title), el("p", data.line, "quiet"), el("p", data.notice, "notice"), el("h2", data.words.layers));
  const list = el("ul");
  panel.append(list);
  let box = null;

  const popup = (title, rows) => {
    const node = el("div", undefined, "popup");
    if (title) node.append(el("b", title));
    const table = el("table");
    for (const [key, value] of rows) {
      const line = table.insertRow();
      line.append(el("td", key), el("td", value));
    }
    node.append(table);
    return node;
  };
  // The sign is one of ours: parsed as an SVG document, and only its paths and their looks are taken over.
  const icon = (text) => {
    const from = new DOMParser().parseFromString(text, "image/svg+xml").querySelectorAll("path");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [k, v] of [["width", "20"], ["height", "20"], ["viewBox", "-1 -1 26 26"]]) svg.setAttribute(k, v);
    for (const one of from) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      for (const k of ["d", "fill", "fill-rule", "stroke", "stroke-width", "stroke-dasharray", "transform"])
        if (one.hasAttribute(k)) path.setAttribute(k, one.getAttribute(k));
      svg.append(path);
    }
    return svg;
  };
  const look = (style) => {
    const known = {};
    for (const k of ["color", "weight", "opacity", "dashArray", "lineCap", "fill", "fillColor", "fillOpacity"])
      if (style && style[k] !== undefined) known[k] = style[k];
    return known;
  };

  const features = (layer) => {
    const group = L.layerGroup();
    layer.shapes.forEach((shape, i) => {
      if (!shape) return;
      const style = layer.styles[i] || { color: "#0b5fa5", weight: 2, fillOpacity: 0.15 };
      const drawn = L.geoJSON(shape, {
        interactive: !layer.inert,
        style: look(style),
        pointToLayer: (_, at) => style.icon
          ? L.marker(at, { icon: L.divIcon({ html: icon(style.icon), className: "icon", iconSize: [20, 20] }) })
          : L.circleMarker(at, { radius: 6, ...look(style) }),
      });
      if (!layer.inert) drawn.bindPopup(() => popup(layer.titles[i], layer.rows[i]), { maxWidth: 380 });
      if (layer.titles[i] && !layer.inert)
        drawn.bindTooltip(() => el("span", layer.titles[i]), layer.labels[i]
          ? { permanent: true, direction: "center", className: `name ${layer.labels[i] === "zone" ? "whole" : "part"}` }
          : { sticky: true });
      const bounds = drawn.getBounds();
      if (!layer.inert && bounds.isValid()) box = box ? box.extend(bounds) : L.latLngBounds(bounds.getSouthWest(), bounds.getNorthEast());
      group.addLayer(drawn);
    });
    return group;
  };
  const image = (layer) => {
    const drawn = L.imageOverlay(layer.url, layer.bounds, { alt: layer.name });
    drawn.on("add", () => { drawn.getElement().style.imageRendering = "pixelated"; });
    return drawn;
  };
  const legend = (told) => {
    const part = el("div");
    part.append(el("h2", told.title[data.lang]));
    const rows = el("ul");
    for (const entry of told.entries) {
      const row = el("li");
      if (entry.symbol === "icon") row.append(icon(entry.svg));
      else {
        const mark = el("span", undefined, entry.symbol === "line" ? "line" : "swatch");
        if (entry.symbol === "line") mark.style.borderTopStyle = !entry.dashArray ? "solid" : entry.dashArray.startsWith("2") ? "dotted" : "dashed";
        else mark.style.background = entry.colour;
        row.append(mark);
      }
      row.append(el("span", entry[data.lang]));
      rows.append(row);
    }
    part.append(rows);
    return part;
  };

  for (const layer of data.layers) {
    const drawn = layer.kind === "image" ? image(layer) : features(layer);
    const row = el("li"), label = el("label"), tick = el("input");
    tick.type = "checkbox";
    tick.checked = layer.on;
    tick.addEventListener("change", () => (tick.checked ? drawn.addTo(map) : drawn.remove()));
    label.append(tick, el("span", layer.name));
    row.append(label);
    list.append(row);
    if (layer.legend) panel.append(legend(layer.legend));
    map.whenReady(() => { if (layer.on) drawn.addTo(map); });
  }
  for (const told of data.legends) panel.append(legend(told));
  for (const told of data.answers) {
    panel.append(el("h2", told.title), el("p", `${data.words.basis}: ${told.basis}`), el("p", `${data.words.method}: ${told.method}`));
    for (const source of told.sources) panel.append(el("p", source, "quiet"));
  }
  // Names of sub-areas appear when there is room for them.
  const names = () => map.getContainer().parentElement.classList.toggle("near", map.getZoom() >= 12);
  map.on("zoomend", names);
  map.whenReady(names);
  if (box) map.fitBounds(box, { padding: [20, 20] });
  else map.setView([39.06, 117.4], 10);
  window.zonePlannerMap = map;
})();
