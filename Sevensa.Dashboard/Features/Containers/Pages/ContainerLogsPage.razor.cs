using System.Threading.Channels;
using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Data;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Containers.Pages;

/// <summary>Docker's lines as they come, after what Loki remembers; of a container that is gone, what Loki remembers.</summary>
public partial class ContainerLogsPage
{
    /// <summary>Rows on the page; the oldest leave while new ones come.</summary>
    private const int Most = 20_000;

    /// <summary>Of those rows together: long lines weigh what they are long.</summary>
    private const long MostCharacters = 16 * 1024 * 1024;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    private readonly List<LogRow> _rows = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private Loadable<IReadOnlyList<LogRow>> _data = Loadable.Loading<IReadOnlyList<LogRow>>();
    private HostedContainer? _container;
    private CancellationTokenSource? _following;
    private string? _asked;
    private string? _broken;
    private string? _historyTrouble;
    private string? _note;
    private bool _missing;
    private bool _follow;
    private bool _more = true;
    private bool _busy;

    [Parameter]
    public string Tenant { get; set; } = "";

    /// <summary>The container's name or id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    private string Name => _container?.Facts.Name ?? Id;

    private string Where =>
        _container is { } here
            ? $"{here.Facts.State} on {here.HostName}, straight from Docker; older lines from Loki."
            : "No runner knows this container (any more); these are the lines that Loki keeps.";

    protected override async Task OnParametersSetAsync()
    {
        if (_asked == $"{Tenant}/{Id}")
        {
            return;
        }
        _asked = $"{Tenant}/{Id}";
        await StopAsync();
        _rows.Clear();
        _known.Clear();
        (_container, _more, _broken, _missing, _follow) = (null, true, null, false, false);
        _data = Loadable.Loading<IReadOnlyList<LogRow>>();
        try
        {
            _container = await Logs.FindAsync(await Callers.GetAsync(Alive), Tenant, Id, Alive);
        }
        catch (UnknownTenantException)
        {
            _missing = true;
            return;
        }
        if (_container is null)
        {
            await OlderAsync();
        }
        else
        {
            _follow = true;
            Run(FollowAsync);
        }
    }

    private void FollowAgain()
    {
        _broken = null;
        Run(FollowAsync);
    }

    private async Task FollowAsync()
    {
        if (_container is not { } container)
        {
            return;
        }
        await StopAsync();
        using var following = _following = CancellationTokenSource.CreateLinkedTokenSource(Alive);
        var alive = following.Token;
        // Docker is read no faster than the page takes it; batches, so that a burst is one render.
        var channel = Channel.CreateBounded<ContainerLogLine>(2_000);
        var reading = Task.Run(() => ReadAsync(container, channel.Writer, alive), CancellationToken.None);
        try
        {
            while (await channel.Reader.WaitToReadAsync(alive))
            {
                await Task.Delay(Window, Time, alive);
                var fresh = new List<LogRow>();
                while (fresh.Count < 2_000 && channel.Reader.TryRead(out var line))
                {
                    var row = ContainerLogs.Row(line);
                    if (_known.Add(row.Id))
                    {
                        fresh.Add(row);
                    }
                }
                Append(fresh);
                StateHasChanged();
            }
            _broken = "The container is gone; its log ends here.";
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            _broken = exception.Message;
        }
        catch (OperationCanceledException) when (alive.IsCancellationRequested) { }
        await reading;
        if (_following == following)
        {
            _following = null;
        }
        if (!Disposed && !alive.IsCancellationRequested && _rows.Count == 0)
        {
            await OlderAsync();
        }
    }

    private async Task ReadAsync(
        HostedContainer container,
        ChannelWriter<ContainerLogLine> into,
        CancellationToken alive
    )
    {
        try
        {
            await foreach (var line in Logs.FollowAsync(container, alive))
            {
                await into.WriteAsync(line, alive);
            }
            into.Complete();
        }
        catch (Exception exception)
        {
            into.Complete(exception);
        }
    }

    private void Append(List<LogRow> fresh)
    {
        if (fresh.Count == 0 && _data.HasValue)
        {
            return;
        }
        var ordered = _rows.Count == 0 || fresh.Count > 0 && fresh[0].At >= _rows[^1].At;
        _rows.AddRange(fresh);
        if (!ordered)
        {
            // The two streams meet in Docker's order, which is not always that of their times.
            _rows.Sort((one, other) => one.At.CompareTo(other.At));
        }
        if (TooMany() is > 0 and var old)
        {
            foreach (var row in _rows.Take(old))
            {
                _known.Remove(row.Id);
            }
            _rows.RemoveRange(0, old);
            _more = true;
        }
        Show();
    }

    /// <summary>How many of the oldest have to go.</summary>
    private int TooMany()
    {
        long characters = 0;
        for (var kept = 1; kept <= _rows.Count; kept++)
        {
            characters += _rows[^kept].Text.Length;
            if (kept > Most || characters > MostCharacters && kept > 1)
            {
                return _rows.Count - kept + 1;
            }
        }
        return 0;
    }

    private async Task OlderAsync()
    {
        if (_busy)
        {
            return;
        }
        _busy = true;
        // Who wants what was before does not want to be taken to the end by what comes.
        _follow = false;
        try
        {
            // That moment's lines once more, since several may share it.
            var before = _rows.Count > 0 ? _rows[0].At.AddTicks(1) : Time.GetUtcNow().AddMinutes(1);
            var (older, full) = await BeforeAsync(before, ContainerLogs.PageSize);
            if (full && older.Count == 0)
            {
                (older, full) = await BeforeAsync(before, ContainerLogs.MostAtOnce);
            }
            if (full && older.Count == 0)
            {
                // More share it than Loki gives at once; what is before them can still be read.
                (older, full) = await BeforeAsync(_rows[0].At, ContainerLogs.PageSize);
            }
            _more = full && older.Count > 0;
            _rows.InsertRange(0, older);
            _historyTrouble = null;
            Show();
        }
        catch (UpstreamException exception)
        {
            _historyTrouble = $"{exception.Message} {exception.Remedy}";
            Show();
        }
        catch (OperationCanceledException) when (Disposed) { }
        _busy = false;
    }

    private async Task<(List<LogRow> Rows, bool Full)> BeforeAsync(DateTimeOffset before, int count)
    {
        var page = await Logs.BeforeAsync(await Callers.GetAsync(Alive), Tenant, Name, before, count, Alive);
        return ([.. page.Where(row => _known.Add(row.Id))], page.Count >= count);
    }

    private void Show()
    {
        _note = _container is null ? "gone" : _container.Facts.State;
        _data =
            _rows.Count > 0
                ? Loadable.Ready<IReadOnlyList<LogRow>>([.. _rows], Time.GetUtcNow())
                : Loadable.Empty<IReadOnlyList<LogRow>>(
                    "It has written nothing",
                    "Neither Docker nor Loki has a line of it in the last seven days."
                );
    }

    private async Task StopAsync()
    {
        if (_following is { } following)
        {
            _following = null;
            await following.CancelAsync();
        }
    }

    protected override async ValueTask EndAsync() => await StopAsync();
}
