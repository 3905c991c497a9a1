import { defineConfig } from "vite";

// One script and one style sheet with hashed names and no inline code, so that the strict policy of the page holds.
export default defineConfig({
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: "LICENSES.md" }, // of what is bundled: it goes wherever the built page goes
  },
  test: { include: ["tests/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
