using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Components;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Assistant.Pages;

/// <summary>The chat-driven console. A conversation has an address; an answer streams into it.</summary>
public partial class ConsolePage
{
    private static readonly string[] Suggestions =
    [
        "Why is the RentGuy API slow?",
        "What is running for PSRA-LTSD?",
        "Show recent errors of Witcom",
        "Restart the RentGuy API",
    ];

    private readonly List<ChatEntry> _entries = [];
    private IReadOnlyList<Conversation> _earlier = [];
    private Conversation? _conversation;
    private Caller? _caller;
    private CancellationTokenSource? _answering;
    private IReadOnlyList<string> _targets = [];
    private bool _missing;

    [Parameter]
    public string? Id { get; set; }

    /// <summary>A question to begin with, from "Ask about this" links; put into the field, not sent.</summary>
    [SupplyParameterFromQuery]
    public string? Ask { get; set; }

    /// <summary>The proposal whose plan is shown; the newest one unless another was chosen.</summary>
    [SupplyParameterFromQuery]
    public string? Plan { get; set; }

    [Inject]
    private ITenants Tenants { get; set; } = null!;

    [Inject]
    private ViewerZone Zone { get; set; } = null!;

    [Inject]
    private IProposalCards Cards { get; set; } = null!;

    [Inject]
    private Conversations Talk { get; set; } = null!;

    [Inject]
    private ChatModel Model { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<AssistantOptions> Options { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        if (_caller is null)
        {
            _caller = await Callers.GetAsync(Alive);
            _targets = FleetNames.Targets(await Tenants.VisibleAsync(_caller, Alive));
        }
        if (_earlier.Count == 0)
        {
            _earlier = await Talk.ListAsync(_caller, Alive);
        }
        if (Id == _conversation?.Id)
        {
            return;
        }
        Stop();
        _entries.Clear();
        _conversation = Id is null ? null : await Talk.FindAsync(_caller, Id, Alive);
        _missing = Id is not null && _conversation is null;
        if (_conversation is not null)
        {
            _entries.AddRange((await Talk.MessagesAsync(_conversation, Alive)).Select(ChatEntry.Of));
        }
    }

    private async Task AskAsync(string question)
    {
        _caller = (await Callers.GetAsync(Alive)) with { TimeZone = Zone.Known };
        if (_conversation is null)
        {
            _conversation = await Talk.BeginAsync(_caller, "", Alive);
            Navigation.NavigateTo($"/console/{_conversation.Id}", replace: true);
        }
        _entries.Add(ChatEntry.Question(question));
        var answer = new ChatEntry("assistant") { Writing = true };
        _entries.Add(answer);
        StateHasChanged();
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(Alive);
        _answering = answering;
        try
        {
            await foreach (var happened in Talk.AskAsync(_caller, _conversation, question, answering.Token))
            {
                answer.Add(happened);
                Refresh();
            }
        }
        catch (OperationCanceledException) when (answering.IsCancellationRequested)
        {
            answer.Add(new ErrorEvent("Stopped."));
        }
        finally
        {
            answer.Writing = false;
            _answering = _answering == answering ? null : _answering;
        }
        _earlier = await Talk.ListAsync(_caller, Alive);
    }

    private string? Chosen
    {
        get
        {
            var all = _entries.SelectMany(entry => entry.Proposals);
            return all.FirstOrDefault(proposal => proposal == Plan) ?? all.LastOrDefault();
        }
    }

    /// <summary>Nothing for an answer that was made without a model.</summary>
    private string ModelOf(ChatEntry entry) =>
        _entries.IndexOf(entry) is var at and > 0 && PlainAnswers.IsCommand(_entries[at - 1].Text)
        || entry.Notices.Any(notice => notice.EndsWith(Answering.WithoutModel, StringComparison.Ordinal))
            ? ""
            : Model.ModelName;

    private void Choose(string proposal) =>
        Navigation.NavigateTo($"/console/{_conversation!.Id}?plan={proposal}", replace: true);

    private void Stop() => _answering?.Cancel();

    private void OpenAsync(ChangeEventArgs chosen) =>
        Navigation.NavigateTo(chosen.Value is string { Length: > 0 } id ? $"/console/{id}" : "/console");
}
