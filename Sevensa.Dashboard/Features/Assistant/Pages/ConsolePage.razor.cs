using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Components;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Runs;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Features.Assistant.Pages;

/// <summary>The chat-driven console. A conversation has an address; an answer streams into it.</summary>
public partial class ConsolePage
{
    private const int MostFound = 50;

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
    private CancellationTokenSource? _listening;
    private ChatEntry? _answering;
    private bool _asking;
    private IReadOnlyList<string> _targets = [];
    private ModelStanding? _standing;
    private bool _removing;
    private string? _stood;
    private string? _model;
    private bool _missing;
    private string? _address;
    private Task _loaded = Task.CompletedTask;

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
    private ChatModels Models { get; set; } = null!;

    [Inject]
    private ModelStandings Standings { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<AssistantOptions> Options { get; set; } = null!;

    protected override Task OnInitializedAsync() => _loaded = LoadAsync(_address = Id);

    protected override async Task OnParametersSetAsync()
    {
        if (Id == _address)
        {
            return;
        }
        _address = Id;
        // One that was begun here has just been given its address.
        if (Id != _conversation?.Id)
        {
            await (_loaded = LoadAsync(Id));
        }
    }

    /// <summary>What is shown before is let go at once, so that what comes late takes nothing back that was said meanwhile. What is answered there goes on.</summary>
    private async Task LoadAsync(string? id)
    {
        _listening?.Cancel();
        (_listening, _answering) = (null, null);
        _entries.Clear();
        _conversation = null;
        _missing = false;
        _removing = false;
        if (_caller is null)
        {
            _caller = await Callers.GetAsync(Alive);
            _targets = FleetNames.Targets(await Tenants.VisibleAsync(_caller, Alive));
        }
        if (id is not null)
        {
            var found = await Talk.FindAsync(_caller, id, Alive);
            // Before the messages: one that ends in between is listened to all the same.
            var under = found is null ? null : Talk.UnderWay(found);
            var messages = found is null ? [] : await Talk.MessagesAsync(found, Alive);
            if (id != _address)
            {
                return;
            }
            (_conversation, _missing) = (found, found is null);
            _entries.AddRange(messages.Where(one => one.Id != under?.MessageId).Select(ChatEntry.Of));
            if (under is not null)
            {
                Run(() => ListenAsync(Told(under)));
            }
        }
        if (_earlier.Count == 0)
        {
            _earlier = await Talk.ListAsync(_caller, Alive);
        }
        await StandAsync();
    }

    private async Task AskAsync(string question)
    {
        if (_asking || _answering is not null)
        {
            // A second click while the first one is on its way.
            return;
        }
        _asking = true;
        Conversation conversation;
        try
        {
            if (_address is not null && _conversation is null)
            {
                await _loaded;
            }
            _caller = (await Callers.GetAsync(Alive)) with { TimeZone = Zone.Known };
            if (_conversation is null)
            {
                _conversation = await Talk.BeginAsync(_caller, "", _model, Alive);
                Navigation.NavigateTo($"/console/{_conversation.Id}", replace: true);
            }
            conversation = _conversation;
            _entries.Add(ChatEntry.Question(question));
        }
        finally
        {
            _asking = false;
        }
        await ListenAsync(stop => Talk.AskAsync(_caller, conversation, question, stop));
        _earlier = await Talk.ListAsync(_caller, Alive);
    }

    private static Func<CancellationToken, IAsyncEnumerable<AssistantEvent>> Told(AnswerRun run) =>
        stop => Happened(run, stop);

    private static async IAsyncEnumerable<AssistantEvent> Happened(
        AnswerRun run,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        await foreach (var (_, happened) in run.FromAsync(0, stop))
        {
            yield return happened;
        }
    }

    /// <summary>Shows an answer while it comes. It goes on by itself when the page goes elsewhere.</summary>
    private async Task ListenAsync(Func<CancellationToken, IAsyncEnumerable<AssistantEvent>> events)
    {
        var answer = new ChatEntry("assistant") { Writing = true };
        _entries.Add(answer);
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(Alive);
        (_listening, _answering) = (listening, answer);
        StateHasChanged();
        try
        {
            await foreach (var happened in events(listening.Token))
            {
                answer.Add(happened);
                Refresh();
            }
        }
        catch (OperationCanceledException) when (listening.IsCancellationRequested) { }
        finally
        {
            answer.Writing = false;
            _listening = _listening == listening ? null : _listening;
            _answering = _answering == answer ? null : _answering;
        }
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
            : Chat.ModelName;

    /// <summary>The model that answers here.</summary>
    private ChatModel Chat =>
        _conversation is not null ? Talk.ModelOf(_conversation)
        : _model is null ? Models.Main
        : Models.Find(_model) ?? Models.Main;

    private async Task RemoveAsync()
    {
        _removing = false;
        if (_conversation is not { } gone)
        {
            return;
        }
        await Talk.RemoveAsync(_caller!, gone.Id, Alive);
        _earlier = await Talk.ListAsync(_caller!, Alive);
        Navigation.NavigateTo("/console");
    }

    private Task ChooseModelAsync(string chosen)
    {
        _model = chosen;
        return StandAsync();
    }

    /// <summary>Looks what the model may propose, where it is another than was looked at.</summary>
    private async Task StandAsync()
    {
        if (Chat.IsConfigured && _stood != Chat.ModelName)
        {
            _stood = Chat.ModelName;
            _standing = null;
            // Its server may be slow or away: the page waits for neither.
            var standing = Standings.OfAsync(Chat, Alive);
            if (standing.IsCompleted)
            {
                _standing = await standing;
                return;
            }
            Run(async () => _standing = await standing);
        }
    }

    private void Choose(string proposal) =>
        Navigation.NavigateTo($"/console/{_conversation!.Id}?plan={proposal}", replace: true);

    private void Stop()
    {
        if (_conversation is not null)
        {
            Talk.Stop(_conversation);
        }
    }

    /// <summary>The newest ones until something is searched for, in titles and messages.</summary>
    private async Task<IEnumerable<Conversation>> FindAsync(string? text, CancellationToken stop) =>
        string.IsNullOrWhiteSpace(text) || _caller is not { } caller
            ? _earlier
            : await Talk.PageAsync(caller, null, MostFound, stop, text);

    /// <summary>As it is listed: a new one gets its title from its first question, after it was begun.</summary>
    private Conversation? Listed => _earlier.FirstOrDefault(one => one.Id == _conversation?.Id) ?? _conversation;

    private static string Named(Conversation? conversation) =>
        conversation switch
        {
            null => "",
            { Title.Length: > 0 } => conversation.Title,
            _ => "Untitled",
        };

    private void Open(Conversation? chosen) =>
        Navigation.NavigateTo(chosen is null ? "/console" : $"/console/{chosen.Id}");
}
