using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Tells whoever looks that a thread is another now.</summary>
internal sealed class GraphNews(ILogger<GraphNews> log) : ChangeSignal(log)
{
    /// <summary>Tells whoever follows the threads that there is something to do.</summary>
    public ChangeSignal Work { get; } = new(log);
}
