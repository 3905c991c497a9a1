import "uplot/dist/uPlot.min.css";
import "./style.css";

import { render } from "preact";

import { App } from "./app";
import { applyTheme } from "./lib/theme";

applyTheme(localStorage.getItem("theme") ?? "auto");
render(<App />, document.getElementById("app")!);
