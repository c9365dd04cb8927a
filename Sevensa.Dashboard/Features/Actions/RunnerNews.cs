using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What runners tell of themselves and of actions.</summary>
internal sealed class RunnerNews(ActionRecord record, HostErrands errands, SweepSignal sweep, ILogger<RunnerNews> log)
    : IRunnerListener
{
    /// <summary>Answers at once: the hub waits for this, and asking the host back needs the hub.</summary>
    public Task OnConnectedAsync(string hostId, CancellationToken cancellation)
    {
        sweep.HostIsBack(hostId);
        return Task.CompletedTask;
    }

    /// <summary>What is under way goes on without the connection; the sweep calls it unknown when the silence lasts.</summary>
    public Task OnLostAsync(string hostId, CancellationToken cancellation) => Task.CompletedTask;

    public async Task OnReportAsync(string hostId, byte[] actionReport, CancellationToken cancellation)
    {
        ActionReport? report;
        try
        {
            report = JsonSerializer.Deserialize(actionReport, ActionJson.Default.ActionReport);
        }
        catch (JsonException exception)
        {
            log.LogWarning(exception, "Host {Host} sent a report that can't be read; it is dropped", hostId);
            return;
        }
        if (report is not null && !errands.Take(report))
        {
            await record.ReportAsync(hostId, report, cancellation);
        }
    }
}
