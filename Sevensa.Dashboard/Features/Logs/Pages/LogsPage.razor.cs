using System.Globalization;
using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Logs.Pages;

/// <summary>The logs of a tenant, or of several together. The address is the whole state.</summary>
public partial class LogsPage
{
    private const int MostColumns = 8;

    private readonly Func<Task> _looked;
    private Tenant? _tenant;
    private TenantScope? _scope;
    private bool _missing;
    private string? _asked;
    private LogQuestion _question = new();
    private string _logQl = "";
    private bool _metric;
    private LogQlException? _refused;
    private DateTimeOffset _from,
        _to;
    private (string? LogQl, TimeRange Range)? _read;
    private int _turn;

    public LogsPage() =>
        _looked = () =>
        {
            Read();
            return Task.CompletedTask;
        };

    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "service")]
    private string? Service { get; set; }

    [SupplyParameterFromQuery(Name = "level")]
    private string? Level { get; set; }

    [SupplyParameterFromQuery(Name = "text")]
    private string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "field")]
    private string? Field { get; set; }

    [SupplyParameterFromQuery(Name = "value")]
    private string? Value { get; set; }

    [SupplyParameterFromQuery(Name = "parse")]
    private string? Parse { get; set; }

    [SupplyParameterFromQuery(Name = "query")]
    private string? Query { get; set; }

    [SupplyParameterFromQuery(Name = "line")]
    private string? LineId { get; set; }

    [SupplyParameterFromQuery(Name = "live")]
    private string? LiveText { get; set; }

    /// <summary>Lines, their kinds, or everything around a moment.</summary>
    [SupplyParameterFromQuery(Name = "view")]
    private string? ViewText { get; set; }

    /// <summary>The moment, when it is not a line's: milliseconds since 1970.</summary>
    [SupplyParameterFromQuery(Name = "at")]
    private long? AtMs { get; set; }

    [SupplyParameterFromQuery(Name = "cols")]
    private string? ColumnText { get; set; }

    /// <summary>Tenants to look at together with the page's own.</summary>
    [SupplyParameterFromQuery(Name = "with")]
    private string? WithText { get; set; }

    [Inject]
    private ITenants Tenants { get; set; } = null!;

    [Inject]
    private ITenantScopes Scopes { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private RangeState Range { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private bool Live => LiveText == "1";

    private bool EndsNow => Range.Current.To == TimeBound.Now;

    private string View => ViewText is "patterns" or "around" ? ViewText : "lines";

    private DateTimeOffset Moment =>
        LogRows.TimeOf(LineId) is { } line ? Loki.LokiTime.FromUnixNs(line)
        : AtMs is > 0 and < 253_402_300_799_000 ? DateTimeOffset.FromUnixTimeMilliseconds(AtMs.Value)
        : _to;

    private IReadOnlyList<string> Others => [.. LogLinks.Together(Id, WithText).Skip(1)];

    private IReadOnlyList<string> Columns =>
        [.. (ColumnText ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct().Take(MostColumns)];

    protected override void OnInitialized() => Keep(Range.Subscribe(() => Run(_looked)));

    protected override async Task OnParametersSetAsync()
    {
        Read();
        var wanted = string.Join(',', LogLinks.Together(Id, WithText));
        if (_asked == wanted)
        {
            return;
        }
        _asked = wanted;
        (_tenant, _scope, _missing) = (null, null, false);
        try
        {
            var scope = await Scopes.ForSomeAsync(await Callers.GetAsync(Alive), wanted.Split(','), Alive);
            var found = (await Tenants.AllAsync(Alive)).First(tenant => tenant.Id == Id);
            if (wanted == _asked)
            {
                (_tenant, _scope) = (found, scope);
            }
        }
        catch (UnknownTenantException)
        {
            _missing = wanted == _asked;
        }
    }

    private void Read()
    {
        _question = new(
            Word(Service),
            Word(Level),
            Word(Text),
            Word(Field),
            Value,
            Parse switch
            {
                "json" => LogFieldParser.Json,
                "logfmt" => LogFieldParser.Logfmt,
                _ => LogFieldParser.None,
            },
            Word(Query)
        );
        var logQl = _question.LogQl;
        // The range stands still until it or the question changes: lines under a reader's eyes must not move.
        if (_read == (logQl, Range.Current))
        {
            return;
        }
        _read = (logQl, Range.Current);
        Look(logQl);
    }

    private void Look(string logQl)
    {
        (_from, _to) = Range.Resolve();
        _turn++;
        (_logQl, _refused, _metric) = (logQl, null, false);
        try
        {
            _metric = LogQlParser.Parse(logQl, LogQlScoper.Limits) is not LogQuery;
        }
        catch (LogQlException refused)
        {
            _refused = refused;
        }
    }

    private void SearchAsync(LogQuestion question)
    {
        if (question == _question)
        {
            Look(question.LogQl);
        }
        else
        {
            Go(question.Values());
        }
    }

    private void ToggleLive() => Go(new() { ["live"] = Live ? null : "1", ["view"] = null });

    private void Narrow(LogFilterClick click) => Ask(LogFilters.Field(_logQl, click));

    private void ShowColumns(IReadOnlyList<string> columns) =>
        Navigation.NavigateTo(AddressWith("cols", columns.Count == 0 ? null : string.Join(',', columns)));

    private void Ask(string logQl) => Go((LogQuestion.TryRead(logQl) ?? new LogQuestion(Query: logQl)).Values());

    private void Go(Dictionary<string, object?> values)
    {
        values["line"] = null;
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(values));
    }

    private string AddressWith(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private string QueryHref(string logQl)
    {
        var values = (LogQuestion.TryRead(logQl) ?? new LogQuestion(Query: logQl)).Values();
        (values["view"], values["line"]) = (null, null);
        return Navigation.GetUriWithQueryParameters(values);
    }

    private string Key(string part) => $"{part} {_scope?.Key} {_turn} {_logQl}";

    // The query goes along as text, and the range stands still, so that the address opens the same for whoever gets it.
    private string LineHref(LogRow row) =>
        LogLinks.Line(Id, _logQl, row.Id, TimeSpan.FromMinutes(10))
        + LogLinks.Others(WithText)
        + (ColumnText is { Length: > 0 } columns ? $"&cols={Uri.EscapeDataString(columns)}" : "");

    private static string? Word(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
