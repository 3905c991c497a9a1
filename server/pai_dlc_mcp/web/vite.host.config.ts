import { defineConfig } from "vite";

// The host of the browser tests, out of the way of what is shipped.
export default defineConfig({
  build: {
    outDir: "node_modules/.host", emptyOutDir: true, target: "es2022", copyPublicDir: false,
    lib: { entry: "tests/host/main.ts", formats: ["iife"], name: "host", fileName: () => "host.js" },
  },
});
