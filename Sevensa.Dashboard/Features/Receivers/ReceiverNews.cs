using System.Collections.Concurrent;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Tells that a receiver came, went or is another, or that something is to be sent again.</summary>
internal sealed class ReceiverNews(ILogger<ReceiverNews> log) : ChangeSignal(log)
{
    private readonly ConcurrentDictionary<string, ChangeSignal> deliveries = new(StringComparer.Ordinal);

    /// <summary>Tells that something was sent to one receiver, or tried.</summary>
    public ChangeSignal Deliveries(string receiver) => deliveries.GetOrAdd(receiver, _ => new ChangeSignal(log));
}
