using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Sevensa.Dashboard.Ui.Time;

/// <summary>The range of the page that a circuit shows. The address is the state; this reads and writes it.</summary>
public sealed class RangeState : IDisposable
{
    private readonly NavigationManager _navigation;
    private readonly TimeProvider _time;
    private readonly ViewerZone _zone;
    private readonly List<Action> _subscribers = [];
    private ITimer? _timer;
    private string? _read;
    private string? _problem;
    private TimeRange _current = TimeRange.Default;

    public RangeState(NavigationManager navigation, TimeProvider time, ViewerZone zone)
    {
        (_navigation, _time, _zone) = (navigation, time, zone);
        _navigation.LocationChanged += OnLocationChanged;
    }

    public TimeRange Current
    {
        get
        {
            Read();
            return _current;
        }
    }

    /// <summary>What is wrong with the address, when it is; the default range is shown then.</summary>
    public string? Problem
    {
        get
        {
            Read();
            return _problem;
        }
    }

    public (DateTimeOffset From, DateTimeOffset To) Resolve() => Current.Resolve(_time.GetUtcNow(), _zone.Zone);

    public string Label => Current.Label(_time.GetUtcNow(), _zone);

    public void Set(TimeRange range)
    {
        if (range != Current)
            _navigation.NavigateTo(_navigation.GetUriWithQueryParameters(range.Query()));
    }

    public void Zoom(DateTimeOffset from, DateTimeOffset to) => Set(TimeRange.Between(from, to));

    /// <summary>Another page's address, looked at through the same range.</summary>
    public string Link(string href)
    {
        var query = Current.ToString();
        return query.Length == 0 ? href : $"{href}{(href.Contains('?') ? '&' : '?')}{query}";
    }

    /// <summary>Called, from any thread, when the range changed and each time it is to be looked at again.</summary>
    public IDisposable Subscribe(Action look)
    {
        lock (_subscribers)
            _subscribers.Add(look);
        Schedule();
        return new Subscription(() =>
        {
            lock (_subscribers)
                _subscribers.Remove(look);
            Schedule();
        });
    }

    /// <summary>Called when the address has changed: for links that carry its range to other pages.</summary>
    public IDisposable Follow(Action moved)
    {
        void Moved(object? sender, LocationChangedEventArgs e) => moved();
        _navigation.LocationChanged += Moved;
        return new Subscription(() => _navigation.LocationChanged -= Moved);
    }

    private void Read()
    {
        var uri = _navigation.Uri;
        if (_read == uri)
            return;
        _read = uri;
        var query = QueryHelpers.ParseQuery(new Uri(uri).Query);
        string? One(string name) => query.TryGetValue(name, out var v) && v.Count > 0 ? v[0] : null;
        _current = TimeRange.Parse(One("from"), One("to"), One("refresh"), out _problem);
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        var before = _current;
        if (Current == before)
            return;
        Schedule();
        Look();
    }

    private void Schedule()
    {
        lock (_subscribers)
        {
            _timer?.Dispose();
            _timer =
                _subscribers.Count > 0 && Current.Refresh is { } every
                    ? _time.CreateTimer(_ => Look(), null, every, every)
                    : null;
        }
    }

    private void Look()
    {
        Action[] all;
        lock (_subscribers)
            all = [.. _subscribers];
        foreach (var look in all)
            look();
    }

    public void Dispose()
    {
        _navigation.LocationChanged -= OnLocationChanged;
        lock (_subscribers)
        {
            _subscribers.Clear();
            _timer?.Dispose();
            _timer = null;
        }
    }
}
