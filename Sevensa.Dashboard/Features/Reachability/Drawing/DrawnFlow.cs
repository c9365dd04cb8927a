using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability.Drawing;

/// <summary>All flows from one end to another, before it is known where they are drawn.</summary>
/// <param name="Seen">Connections of it were made.</param>
/// <param name="OnPath">What is asked about leads over it.</param>
internal sealed record DrawnFlow(FlowEnd From, FlowEnd To, ArrowKind Kind, bool Seen, bool OnPath, string Ports);
