using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>
/// What panels show, asked once for each (scope, query, step, interval) however many circuits look; nobody looking means
/// nobody asking. Whoever watches has asked for the scope before, and disposes the view.
/// </summary>
public interface IPanels
{
    /// <summary>The course over the window; a refresh asks only for the part that is new.</summary>
    /// <param name="promQl">Before scoping.</param>
    /// <param name="changed">Called from any thread when there is something new to see.</param>
    FeedView<PanelData> Watch(TenantScope scope, string promQl, PanelWindow window, Action changed);

    /// <summary>The values at the window's end alone.</summary>
    /// <param name="promQl">Before scoping.</param>
    /// <param name="changed">Called from any thread when there is something new to see.</param>
    FeedView<PanelData> WatchNewest(TenantScope scope, string promQl, PanelWindow window, Action changed);
}

/// <summary>What happened to a tenant, to be marked on its charts; shared like the panels themselves.</summary>
public interface IPanelNotes
{
    /// <summary>Within the window, in order of time: releases, actions, alerts, and what <see cref="IChartNotes"/> add.</summary>
    /// <param name="changed">Called from any thread when there is something new to see.</param>
    FeedView<IReadOnlyList<ChartAnnotation>> Watch(
        TenantScope scope,
        string tenant,
        PanelWindow window,
        Action changed
    );
}
