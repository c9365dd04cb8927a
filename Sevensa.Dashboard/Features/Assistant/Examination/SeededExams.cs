using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>The Sandbox's stand-in is a grammar and no model: it counts as examined there, by its digest, until it is.</summary>
internal sealed class SeededExams(ModelExamStore store, TimeProvider time, ISeed? seed = null) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var model in seed?.Models ?? [])
        {
            var (own, _) = await store.NewestEndedAsync(model.Name, model.Digest, "ollama", cancellation);
            if (own is not null)
            {
                continue;
            }
            var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
            await store.AddAsync(
                new ModelExamRow
                {
                    Id = Guid.CreateVersion7(now).ToString("n"),
                    Model = model.Name,
                    Digest = model.Digest,
                    Server = "ollama",
                    ServerVersion = model.ServerVersion,
                    StartedAt = now,
                    TouchedAt = now,
                    EndedAt = now,
                    ByName = "Sandbox",
                    State = ExamState.Ended,
                    Total = 0,
                    HighestRisk = Risk.High,
                    Note =
                        "The Sandbox's stand-in is a grammar and no model: it counts as examined here without having been.",
                },
                cancellation
            );
        }
    }
}
