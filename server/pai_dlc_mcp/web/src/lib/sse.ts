// Server-sent events out of a stream of text. Pure.

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Takes pieces of the stream as they come, gives the events that are whole. */
export class EventParser {
  private rest = "";

  feed(piece: string): ServerEvent[] {
    // A carriage return at the end may be half of a line's end: it waits for the next piece.
    this.rest = (this.rest + piece).replace(/\r(?:\n|(?!$))/g, "\n");
    const events: ServerEvent[] = [];
    for (let end = this.rest.indexOf("\n\n"); end >= 0; end = this.rest.indexOf("\n\n")) {
      const event = eventOf(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
      if (event) events.push(event);
    }
    return events;
  }
}

function eventOf(block: string): ServerEvent | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length > 0 ? { name, data: data.join("\n") } : null;
}
