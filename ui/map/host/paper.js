// The colours of the ground on canvas, for light and for dark; what stands in the page takes its own from CSS.

export const INKS = {
  light: {
    land: '#f4f2ec', sea: '#cfdfe6', coast: '#9fb9c5', water: '#c9dde7', shore: '#a9c4d2', builtup: '#ebe6dc', industrial: '#e7e3e2', green: '#dde8d3',
    street: ['#fbe9c4', '#ffffff', '#ffffff', '#f8f6f1'], casing: ['#d6bd8b', '#cfc8bb', '#d9d4c9', '#ddd8ce'], thin: ['#d5cbb8', '#d9d3c7', '#dfdad0', '#e4e0d7'],
    expressway: ['#f2c583', '#c98f45'], arterial: ['#f7e6bd', '#cdb88a'], railway: ['#ffffff', '#8a9097'], metro: ['#8d84c4', '#ffffff'], other: ['#a9adb2', '#ffffff'],
  },
  dark: {
    land: '#1a2126', sea: '#10293a', coast: '#3f5f73', water: '#153246', shore: '#34566c', builtup: '#272e33', industrial: '#2a2e35', green: '#22302a',
    street: ['#6b5b3c', '#454d54', '#3f474d', '#394147'], casing: ['#1a1f23', '#1a1f23', '#1a1f23', '#1a1f23'], thin: ['#5d5138', '#414a50', '#384046', '#333b40'],
    expressway: ['#9a7438', '#171b1f'], arterial: ['#6a5c3e', '#171b1f'], railway: ['#1a2126', '#79828a'], metro: ['#8079b8', '#171b1f'], other: ['#6b7278', '#171b1f'],
  },
};

export function paper() {
  return INKS[document.documentElement?.dataset?.zpTheme === 'dark' ? 'dark' : 'light'];
}
