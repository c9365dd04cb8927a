using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Tells that a receiver is another, that something of it is to be sent, or what became of something.</summary>
internal sealed class ReceiverNews
{
    private readonly Lock gate = new();
    private (string? Of, Action Listener)[] listeners = [];

    /// <summary>A receiver came, went or is another, or something is to be sent again.</summary>
    public IDisposable OnChange(Action changed) => Listen(null, changed);

    /// <summary>Something was sent to one receiver, or tried.</summary>
    public IDisposable OnDelivered(string receiver, Action delivered) => Listen(receiver, delivered);

    public void Raise() => Tell(null);

    public void RaiseDelivered(string receiver) => Tell(receiver);

    private Subscription Listen(string? of, Action listener)
    {
        Action own = () => listener();
        lock (gate)
        {
            listeners = [.. listeners, (of, own)];
        }
        return new Subscription(() =>
        {
            lock (gate)
            {
                listeners = [.. listeners.Where(kept => kept.Listener != own)];
            }
        });
    }

    private void Tell(string? of)
    {
        foreach (var (whose, listener) in listeners)
        {
            if (whose == of)
            {
                listener();
            }
        }
    }
}
