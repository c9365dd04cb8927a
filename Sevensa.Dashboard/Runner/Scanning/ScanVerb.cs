using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary><c>image.scan</c>: changes nothing, so that it is cancelled in the middle too.</summary>
internal sealed class ScanVerb(ImageScans scans, IDockerEngine engine, TimeProvider time) : IStepVerb
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>A scanner tells many times a second; a reader needs it now and then.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(2);

    public string Verb => StepVerbs.ImageScan;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        new(
            examination.Now.TryGetValue(step.On, out var container) && !ImageScans.IsImageId(container.ImageId)
                ? new Refusal("imageUnknown", $"Docker does not tell which image {container.Name} runs.")
                : null
        );

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var container =
            await engine.InspectAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerGone", $"{work.Step.On} is gone, and with it what was to be scanned.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long? told = null;
        var scan = scans.ScanAsync(
            container,
            words =>
            {
                if (told is not { } at || time.GetElapsedTime(at) >= TellEvery)
                {
                    told = time.GetTimestamp();
                    work.Progress(words);
                }
            },
            stop.Token
        );
        while (!scan.IsCompleted)
        {
            await Task.WhenAny(scan, Task.Delay(LookEvery, time, cancellation));
            if (work.IsCancelled())
            {
                await stop.CancelAsync();
            }
        }
        try
        {
            return await scan;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new StepException(
                StepException.Cancelled,
                $"Cancelled while {container.Image} was scanned. Nothing was changed."
            );
        }
        catch (ScanException exception)
        {
            throw new StepException("scanFailed", exception.Message);
        }
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;
}
