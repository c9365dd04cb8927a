using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Browser;

namespace Sevensa.Dashboard.Features.Metrics.Explorer;

/// <summary>An editor that knows PromQL: colours, completes with the tenant's own names, and underlines what is wrong where it is.</summary>
public partial class PromQlEditor
{
    [Parameter, EditorRequired]
    public TenantScope Scope { get; set; } = null!;

    /// <summary>Put into the editor when it is another than before.</summary>
    [Parameter]
    public string Text { get; set; } = "";

    [Parameter]
    public string Label { get; set; } = "PromQL";

    [Parameter]
    public string Hint { get; set; } = "";

    /// <summary>Ctrl+Enter, with the text.</summary>
    [Parameter]
    public EventCallback<string> OnAsk { get; set; }

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private QueryCheck Check { get; set; } = null!;

    [Inject]
    private ExplorerNames Names { get; set; } = null!;

    private ElementReference _host;
    private DotNetObjectReference<PromQlEditor>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _editor;
    private string _given = "";

    /// <summary>What stands in the editor now.</summary>
    public async Task<string> CurrentAsync() =>
        _editor is null ? _given : await _editor.InvokeAsync<string>("text", Alive);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _given = Text;
            _self = DotNetObjectReference.Create(this);
            _module = await Js.InvokeAsync<IJSObjectReference>("import", Alive, "./dist/editor.js");
            if (Disposed)
                return;
            _editor = await _module.InvokeAsync<IJSObjectReference>("create", Alive, _host, _self, Text, Label, Hint);
        }
        if (_editor is not null && _given != Text)
        {
            _given = Text;
            await _editor.InvokeVoidAsync("set", Alive, Text);
        }
    }

    [JSInvokable]
    public Task Asked(string text) => OnAsk.InvokeAsync(text);

    [JSInvokable]
    public IReadOnlyList<QueryFault> Typed(string text) =>
        string.IsNullOrWhiteSpace(text) ? []
        : Check.Of(Scope, text).Fault is { } fault ? [fault]
        : [];

    [JSInvokable]
    public Task<IReadOnlyList<string>> MetricNames() =>
        OrNothingAsync(() => Names.MetricsAsync(Scope, Alive), (IReadOnlyList<string>)[]);

    [JSInvokable]
    public Task<IReadOnlyList<string>> LabelNames(string? metric) =>
        OrNothingAsync(() => Names.LabelsAsync(Scope, metric, Alive), (IReadOnlyList<string>)[]);

    [JSInvokable]
    public Task<IReadOnlyList<string>> LabelValues(string label, string? metric) =>
        OrNothingAsync(() => Names.ValuesAsync(Scope, label, metric, Alive), (IReadOnlyList<string>)[]);

    /// <summary>In the shape of Prometheus' own answer, which the editor's language package reads.</summary>
    [JSInvokable]
    public async Task<Dictionary<string, object[]>> Metadata()
    {
        var found = await OrNothingAsync(
            () => Names.MetadataAsync(Scope, Alive),
            new Dictionary<string, Contracts.MetricMetadata>()
        );
        return found.ToDictionary(
            metric => metric.Key,
            metric =>
                new object[]
                {
                    new
                    {
                        type = metric.Value.Type,
                        help = metric.Value.Help,
                        unit = metric.Value.Unit,
                    },
                }
        );
    }

    /// <summary>Without Prometheus there is nothing to offer; that it is away is said where its answer would be.</summary>
    private static async Task<T> OrNothingAsync<T>(Func<Task<T>> ask, T nothing)
    {
        try
        {
            return await ask();
        }
        catch (UpstreamException)
        {
            return nothing;
        }
    }

    protected override async ValueTask EndAsync()
    {
        try
        {
            if (_editor is not null)
            {
                await _editor.InvokeVoidAsync("dispose", CancellationToken.None);
                await _editor.DisposeAsync();
            }
            if (_module is not null)
                await _module.DisposeAsync();
        }
        catch (Exception exception) when (BrowserModule.IsGone(exception))
        {
            // The browser is gone, and the editor with it.
        }
        _self?.Dispose();
    }
}
