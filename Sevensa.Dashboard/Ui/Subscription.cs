namespace Sevensa.Dashboard.Ui;

/// <summary>Ends a subscription once, however often it is disposed.</summary>
public sealed class Subscription(Action end) : IDisposable
{
    private Action? _end = end;

    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
