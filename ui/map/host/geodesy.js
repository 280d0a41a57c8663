// Lengths and areas on the ellipsoid WGS-84.

const A = 6378137; // [m]
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const RAD = Math.PI / 180;

export function lengthOf(from, to) {
  // Metres of the shortest way between two places {lat, lng} (Vincenty 1975, the inverse problem); 0.5 mm exact.
  const [u1, u2] = [from, to].map(({ lat }) => Math.atan((1 - F) * Math.tan(lat * RAD)));
  const apart = (to.lng - from.lng) * RAD;
  let turn = apart;
  for (let k = 0; k < 200; k += 1) {
    const east = Math.cos(u2) * Math.sin(turn);
    const north = Math.cos(u1) * Math.sin(u2) - Math.sin(u1) * Math.cos(u2) * Math.cos(turn);
    const sine = Math.hypot(east, north);
    if (sine === 0) return 0;
    const cosine = Math.sin(u1) * Math.sin(u2) + Math.cos(u1) * Math.cos(u2) * Math.cos(turn);
    const angle = Math.atan2(sine, cosine);
    const slope = Math.cos(u1) * Math.cos(u2) * Math.sin(turn) / sine;
    const cos2 = 1 - slope * slope;
    const middle = cos2 ? cosine - 2 * Math.sin(u1) * Math.sin(u2) / cos2 : 0;
    const c = F / 16 * cos2 * (4 + F * (4 - 3 * cos2));
    const last = turn;
    turn = apart + (1 - c) * F * slope * (angle + c * sine * (middle + c * cosine * (2 * middle * middle - 1)));
    if (Math.abs(turn - last) > 1e-12) continue;
    const u = cos2 * (A * A - B * B) / (B * B);
    const big = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)));
    const small = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)));
    const less = small * sine * (middle + small / 4 * (cosine * (2 * middle * middle - 1)
      - small / 6 * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3)));
    return B * big * (angle - less);
  }
  return Math.PI * A; // opposite points, where the rule does not settle
}

function authalic(lat) {
  // Sine of the latitude on the sphere that has the same area everywhere.
  const e = Math.sqrt(E2);
  const q = (x) => (1 - E2) * (x / (1 - E2 * x * x) - Math.log((1 - e * x) / (1 + e * x)) / (2 * e));
  return q(Math.sin(lat * RAD)) / q(1);
}

export function areaOf(places) {
  // Square metres of a polygon without crossings: on the authalic sphere, in Lambert's equal-area map around its middle, where short
  // lines are straight. A part in a million for 10 km.
  if (places.length < 3) return 0;
  const e = Math.sqrt(E2);
  const radius2 = A * A / 2 * (1 + (1 - E2) / e * Math.atanh(e));
  const middle = places.reduce((sum, { lng }) => sum + lng / places.length, 0);
  const sines = places.map(({ lat }) => authalic(lat));
  const sine0 = sines.reduce((sum, sine) => sum + sine / sines.length, 0);
  const cosine0 = Math.sqrt(1 - sine0 * sine0);
  const flat = places.map(({ lng }, k) => {
    const turn = (lng - middle) * RAD;
    const cosine = Math.sqrt(1 - sines[k] * sines[k]);
    const scale = Math.sqrt(2 / (1 + sine0 * sines[k] + cosine0 * cosine * Math.cos(turn)));
    return [scale * cosine * Math.sin(turn), scale * (cosine0 * sines[k] - sine0 * cosine * Math.cos(turn))];
  });
  const twice = flat.reduce((sum, [x, y], k) => { const [nextX, nextY] = flat[(k + 1) % flat.length]; return sum + x * nextY - nextX * y; }, 0);
  return Math.abs(twice) / 2 * radius2;
}

export function pathOf(places) {
  return places.slice(1).reduce((sum, one, k) => sum + lengthOf(places[k], one), 0);
}
