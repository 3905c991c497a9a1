import "uplot/dist/uPlot.min.css";
import "./style.css";

import { render } from "preact";

import { App } from "./app";
import { takePageKey } from "./lib/api";
import { applyTheme } from "./lib/theme";

takePageKey();
applyTheme(localStorage.getItem("theme") ?? "auto");
render(<App />, document.getElementById("app")!);
