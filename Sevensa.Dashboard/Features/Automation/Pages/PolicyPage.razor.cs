using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Automation.Components;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Automation.Pages;

/// <summary>A policy: its stage, what it came to, what it says, and what it did or would have done.</summary>
public partial class PolicyPage
{
    private const int PerPage = 50;

    [Parameter]
    public string Id { get; set; } = "";

    private Loadable<PolicyView> _data = Loadable.Loading<PolicyView>();
    private IReadOnlyList<EvaluationView> _evaluations = [];
    private BacktestResult? _result;
    private CancellationTokenSource? _trying;
    private string? _next;
    private string? _wrong;
    private int _days = 30;
    private bool _busy;
    private bool _sure;
    private bool _mayPropose;
    private bool _mayDemote;
    private bool _isAdmin;
    private string? _shown;

    private static string Meaning(PolicyStage stage) =>
        stage switch
        {
            PolicyStage.Draft => "Written down; nothing is looked at.",
            PolicyStage.Shadow => "Looked at as if it held; what it would do is kept and compared with what people do.",
            PolicyStage.Enforced => "It acts within its budget, as those approved who let it.",
            _ => "Set aside; nothing is looked at.",
        };

    /// <summary>Another once it did something, or what came of that is known.</summary>
    private string Upto() =>
        string.Join(
            ' ',
            _evaluations.FirstOrDefault(look => look.Verdict is PolicyVerdict.Acted or PolicyVerdict.Proposed)?.Id,
            _evaluations.Count(look => look.Outcome is not null),
            _evaluations.Count(look => look.Agreement is not null)
        );

    private static string Then(BacktestAct act) =>
        act.Until is not { } until ? "it held to the end"
        : until - act.At is { TotalMinutes: < 1 } ? "it was over at once, without it"
        : $"it was over {PolicyDuration.Words(until - act.At)} later, without it";

    private static string KeptBy(string reason) =>
        reason switch
        {
            "cooldown" => "its cool-down",
            "window" => "its windows",
            "condition" => "its conditions",
            "service" => "what policies may do to one service in an hour",
            "rearm" => "that it was not over since",
            "hourBudget" => "the budget of an hour",
            "dayBudget" => "the budget of a day",
            _ => reason,
        };

    protected override void OnInitialized() => Keep(News.OnChange(() => Run(LoadAsync)));

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id)
        {
            return;
        }
        (_shown, _result, _wrong, _sure, _evaluations) = (Id, null, null, false, []);
        _data = Loadable.Loading<PolicyView>();
        var caller = await Callers.GetAsync(Alive);
        (_mayPropose, _mayDemote, _isAdmin) = (
            caller.MayPropose,
            caller.MayPropose || caller.IsReviewer,
            caller.IsAdmin
        );
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        var asked = Id;
        try
        {
            var caller = await Callers.GetAsync(Alive);
            var policy = await Desk.FindAsync(caller, asked, Alive);
            var most = Math.Clamp(_evaluations.Count, PerPage, 1000);
            var page = await Desk.EvaluationsAsync(caller, asked, null, new PageAsked(null, most), Alive);
            if (asked != Id)
            {
                return;
            }
            (_evaluations, _next) = (page.Items, page.Next);
            _data = Loadable.Ready(policy, Time.GetUtcNow());
        }
        catch (OperationCanceledException) when (Disposed) { }
        catch (UnknownPolicyException) when (asked == Id)
        {
            _data = Loadable.Empty<PolicyView>("There is no such policy that you can see", "All policies", "/policies");
        }
        StateHasChanged();
    }

    private Task MoreAsync() =>
        TryAsync(async caller =>
        {
            var page = await Desk.EvaluationsAsync(caller, Id, null, new PageAsked(_next, PerPage), Alive);
            (_evaluations, _next) = ([.. _evaluations, .. page.Items], page.Next);
        });

    private Task PromoteAsync(bool waive) =>
        TryAsync(async caller => Show(await Course.PromoteAsync(caller, Id, null, null, "page", Alive, waive)));

    private static bool IsTried(PolicyView policy) =>
        policy.State is { } state && state.SameAsPeople >= state.AgreementsNeeded;

    private Task DemoteAsync(PolicyStage? to) =>
        TryAsync(async caller => Show(await Course.DemoteAsync(caller, Id, to, null, Alive)));

    private Task RemoveAsync() =>
        TryAsync(async caller =>
        {
            if (!_sure)
            {
                _sure = true;
                return;
            }
            await Desk.RemoveAsync(caller, Id, Alive);
            Navigation.NavigateTo("/policies");
        });

    private void Show(PolicyView policy) => _data = Loadable.Ready(policy, Time.GetUtcNow());

    private async Task TryOnThePastAsync()
    {
        if (_trying is not null)
        {
            return;
        }
        (_wrong, _result) = (null, null);
        using var trying = CancellationTokenSource.CreateLinkedTokenSource(Alive);
        _trying = trying;
        var asked = Id;
        try
        {
            var result = await Desk.BacktestAsync(await Callers.GetAsync(Alive), asked, _days, trying.Token);
            if (asked == Id)
            {
                _result = result;
            }
        }
        catch (OperationCanceledException) when (trying.IsCancellationRequested) { }
        catch (Exception exception) when (PolicyWords.IsTold(exception))
        {
            _wrong = exception.Message;
        }
        finally
        {
            _trying = null;
        }
    }

    private async Task TryAsync(Func<Caller, Task> work)
    {
        if (_busy)
        {
            return;
        }
        (_busy, _wrong) = (true, null);
        try
        {
            await work(await Callers.GetAsync(Alive));
        }
        catch (OperationCanceledException) when (Disposed) { }
        catch (Exception exception) when (PolicyWords.IsTold(exception))
        {
            _wrong = exception.Message;
        }
        finally
        {
            _busy = false;
        }
    }
}
