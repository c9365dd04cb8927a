import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, acceptCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import type { PrometheusClient } from "@prometheus-io/codemirror-promql/dist/esm/client/prometheus";

type Owner = { invokeMethodAsync<T>(name: string, ...args: unknown[]): Promise<T> };
type Fault = { from: number; to: number; message: string };
type Metadata = Record<string, { type: string; help: string; unit: string }[]>;

const pause = 200;

// Names, labels and values come from the page's own service, which knows the tenant; the browser asks no Prometheus.
class Names implements PrometheusClient {
  constructor(private readonly owner: Owner) {}

  metricNames(): Promise<string[]> {
    return this.owner.invokeMethodAsync<string[]>("MetricNames").catch(() => []);
  }

  labelNames(metric?: string): Promise<string[]> {
    return this.owner.invokeMethodAsync<string[]>("LabelNames", metric ?? null).catch(() => []);
  }

  labelValues(label: string, metric?: string): Promise<string[]> {
    return this.owner.invokeMethodAsync<string[]>("LabelValues", label, metric ?? null).catch(() => []);
  }

  metricMetadata(): Promise<Metadata> {
    return this.owner.invokeMethodAsync<Metadata>("Metadata").catch(() => ({}));
  }

  series(): Promise<Map<string, string>[]> {
    return Promise.resolve([]);
  }

  flags(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }
}

/** The charts' colours are made for lines; letters need more contrast. */
const readable = (colour: string): string => `color-mix(in srgb, var(--${colour}) 75%, var(--text))`;

const look = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--accent)" },
  { tag: [tags.function(tags.variableName), tags.standard(tags.variableName)], color: readable("series-3") },
  { tag: tags.string, color: readable("series-2") },
  { tag: tags.number, color: readable("series-4") },
  { tag: tags.labelName, color: readable("series-5") },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
]);

class Editor {
  private readonly view: EditorView;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    host: HTMLElement,
    private readonly owner: Owner,
    text: string,
    label: string,
    hint: string,
  ) {
    const ask = (): boolean => {
      void this.owner.invokeMethodAsync("Asked", this.text()).catch(() => undefined);
      return true;
    };
    this.view = new EditorView({
      parent: host,
      state: EditorState.create({
        doc: text,
        extensions: [
          history(),
          closeBrackets(),
          bracketMatching(),
          autocompletion({ icons: false }),
          syntaxHighlighting(look),
          placeholder(hint),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
          Prec.highest(
            keymap.of([
              { key: "Ctrl-Enter", mac: "Cmd-Enter", run: ask },
              { key: "Shift-Enter", run: ask },
            ]),
          ),
          // Tab takes a completion, and else leaves the editor, as everywhere on the page.
          keymap.of([
            { key: "Tab", run: acceptCompletion },
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          new PromQLExtension()
            .activateLinter(false)
            .setComplete({ remote: new Names(owner), maxMetricsMetadata: 5000 })
            .asExtension(),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.typed();
          }),
        ],
      }),
    });
    if (text.length > 0) this.typed();
  }

  text(): string {
    return this.view.state.doc.toString();
  }

  set(text: string): void {
    if (text === this.text()) return;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  focus(): void {
    this.view.focus();
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.view.destroy();
  }

  private typed(): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => void this.check(), pause);
  }

  private async check(): Promise<void> {
    const text = this.text();
    const faults = await this.owner.invokeMethodAsync<Fault[]>("Typed", text).catch((): Fault[] => []);
    // What was typed meanwhile is checked by the next turn.
    if (text !== this.text()) return;
    const most = this.view.state.doc.length;
    const marks = faults.map((f): Diagnostic => {
      const from = Math.min(f.from, most);
      return {
        from: from === most && from > 0 ? from - 1 : from,
        to: Math.min(Math.max(f.to, from + 1), most),
        severity: "error",
        message: f.message,
      };
    });
    this.view.dispatch(setDiagnostics(this.view.state, marks));
    this.view.dom.toggleAttribute("data-wrong", marks.length > 0);
  }
}

export function create(host: HTMLElement, owner: Owner, text: string, label: string, hint: string): Editor {
  return new Editor(host, owner, text, label, hint);
}
