import { defineConfig, type Plugin } from "vite";

/** One document for all views, with its script and styles inside: a host shows it without a server behind it. */
function oneDocument(): Plugin {
  return {
    name: "one-document",
    generateBundle(_, bundle) {
      let [script, style] = ["", ""];
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === "chunk") script += file.code;
        else if (name.endsWith(".css")) style += String(file.source);
        delete bundle[name];
      }
      const inside = script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
      const head = `<meta charset="utf-8"><title>PAI-DLC</title><style>${style}</style>`;
      const source = `<!doctype html><html lang="en"><head>${head}</head><body><div id="app"></div><script type="module">${inside}</script></body></html>\n`;
      this.emitFile({ type: "asset", fileName: "app/view.html", source });
    },
  };
}

export default defineConfig({
  plugins: [oneDocument()],
  build: {
    outDir: "dist", emptyOutDir: false, target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false,
    rollupOptions: { input: "src/view/main.tsx" },
  },
});
