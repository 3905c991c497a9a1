// A part that is drawn again only when its properties differ.

import { Component, h, type ComponentType, type FunctionComponent } from "preact";

export function memo<Properties extends object>(part: FunctionComponent<Properties>): ComponentType<Properties> {
  return class extends Component<Properties> {
    override shouldComponentUpdate(next: Readonly<Properties>): boolean {
      const [now, then] = [this.props as Record<string, unknown>, next as Record<string, unknown>];
      const names = new Set([...Object.keys(now), ...Object.keys(then)]);
      return [...names].some((name) => now[name] !== then[name]);
    }
    override render() {
      return h(part as ComponentType<Properties>, this.props);
    }
  };
}
