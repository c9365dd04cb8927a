using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Reporting;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What ran is recorded when it changes, and nothing of it that could be a secret leaves the host.</summary>
public sealed class ReleaseTests : IAsyncLifetime
{
    private const string Secret = "hunter2-very-secret";
    private readonly Desk desk = new();
    private readonly HostBook book = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => desk.DisposeAsync();

    private ReleaseRecorder Recorder =>
        new(
            book,
            desk.Bench.Book,
            desk.Bench.Reader,
            desk.Bench.Specifications,
            new ReleaseView(new byte[32]),
            desk.Bench.Kept,
            desk.Journal,
            () => false,
            desk.Time,
            NullLogger.Instance
        );

    private ContainerFacts Add(string name, Func<ContainerFacts, ContainerFacts>? change = null)
    {
        var facts = desk.Engine.Add(name, change);
        if (!desk.Works.Images.ContainsKey(facts.ImageId))
        {
            desk.Works.AddImage(facts.ImageId, facts.Image);
        }
        desk.Works.Describe(
            facts.Id,
            new JsonObject
            {
                ["Image"] = facts.ImageId,
                ["Config"] = new JsonObject
                {
                    ["Image"] = facts.Image,
                    ["Env"] = new JsonArray($"DB_PASSWORD={Secret}", "LOG_LEVEL=info"),
                    ["Cmd"] = new JsonArray("serve", $"--password={Secret}"),
                    ["Healthcheck"] = new JsonObject { ["Test"] = new JsonArray("CMD", "probe", Secret) },
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = new JsonObject
                {
                    ["NetworkMode"] = "none",
                    ["Memory"] = 268435456,
                    ["CapAdd"] = new JsonArray("NET_ADMIN"),
                    ["LogConfig"] = new JsonObject
                    {
                        ["Type"] = "splunk",
                        ["Config"] = new JsonObject { ["splunk-token"] = Secret },
                    },
                },
            }
        );
        book.Replace([.. desk.Engine.Containers.Values]);
        return facts;
    }

    private void Remove(ContainerFacts facts)
    {
        desk.Engine.Containers.TryRemove(facts.Id, out _);
        book.Replace([.. desk.Engine.Containers.Values]);
    }

    private IReadOnlyList<ReleaseFacts> Releases => desk.Bench.Book.All[new ServiceKey("rentguy", "api")];

    [Fact]
    public async Task What_runs_at_the_first_look_is_found_and_a_restart_is_no_release()
    {
        var api = Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        book.Put(api with { StartedAtUnixMs = api.StartedAtUnixMs + 1, RestartCount = 3 });
        await Recorder.RecordAsync(CancellationToken.None);
        book.Put(api with { State = "exited" });
        await Recorder.RecordAsync(CancellationToken.None);
        var release = Assert.Single(Releases);
        Assert.Equal((ReleaseCauses.Found, api.CreatedAtUnixMs), (release.Cause.By, release.SinceUnixMs));
        Assert.Equal("268435456", release.Containers[0].Settings["memory limit"]);
        Assert.Equal("NET_ADMIN", release.Containers[0].Settings["capabilities added"]);
    }

    [Fact]
    public async Task What_nobody_foresaw_ends_no_recording_and_the_next_change_records_what_is_missing()
    {
        Add("rentguy-api-1");
        var recorder = Recorder;
        desk.Engine.Failure = new NotSupportedException("a defect");
        using var ending = new CancellationTokenSource();
        recorder.Wake();
        var recording = recorder.RunAsync(ending.Token);
        await Eventually.TrueAsync(
            "it was tried",
            _ => Task.FromResult(recording.IsCompleted || desk.Engine.Failures > 0)
        );
        desk.Engine.Failure = null;
        recorder.Wake();
        await Eventually.TrueAsync("it is recorded", _ => Task.FromResult(!desk.Bench.Book.IsEmpty));
        await ending.CancelAsync();
        await recording;
    }

    [Fact]
    public async Task No_value_that_could_be_a_secret_is_told_or_lies_open_on_the_disk()
    {
        var api = Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        var told = JsonSerializer.Serialize(Releases);
        Assert.DoesNotContain(Secret, told, StringComparison.Ordinal);
        Assert.Contains("DB_PASSWORD", told, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(desk.Folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "runner.lock")
            {
                continue;
            }
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var content = new MemoryStream();
            await open.CopyToAsync(content);
            Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(content.ToArray()), StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
        var kept = desk.Bench.Specifications.Find(Releases[0].Containers[0].Specification)!;
        Assert.Contains(Secret, kept.Config["Env"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(api.Name, kept.Name);
    }

    [Fact]
    public async Task Compose_is_told_from_others_by_its_labels_and_an_action_by_what_it_left()
    {
        var labels = new Dictionary<string, string>
        {
            ["sevensa.tenant"] = "rentguy",
            ["com.docker.compose.project"] = "shop",
        };
        var first = Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        Remove(first);
        var second = Add("rentguy-api-1b", facts => facts with { ConfigHash = "beef", Labels = labels });
        await Recorder.RecordAsync(CancellationToken.None);
        Remove(second);
        var third = Add("rentguy-api-1c", facts => facts with { ConfigHash = "f00d" });
        await Recorder.RecordAsync(CancellationToken.None);
        await desk.RunAsync(Samples.Restart("p7", third));
        desk.Journal.Report(
            "p7",
            "outcome",
            outcome: new ActionOutcome(
                ProposalState.Succeeded,
                "done",
                After: [World.Planned(third with { ConfigHash = "abcd" })]
            )
        );
        book.Put(third with { ConfigHash = "abcd" });
        await Recorder.RecordAsync(CancellationToken.None);
        Assert.Equal(
            [ReleaseCauses.Found, ReleaseCauses.Compose, ReleaseCauses.Unknown, ReleaseCauses.Action],
            Releases.Select(release => release.Cause.By)
        );
        Assert.Equal("p7", Releases[^1].Cause.ActionId);
        Assert.Equal([1L, 2, 3, 4], Releases.Select(release => release.Sequence));
    }

    [Fact]
    public async Task A_service_that_is_taken_away_is_told_as_nothing_and_what_stood_aside_never_counts()
    {
        var api = Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        Add("sevensa-old-p1-1", facts => facts with { State = "exited" });
        Add("rentguy-api-leftover", facts => facts with { State = "exited", ImageId = "sha256:0000000000000000" });
        await Recorder.RecordAsync(CancellationToken.None);
        Assert.Single(Releases);
        desk.Engine.Containers.Clear();
        book.Replace([]);
        await Recorder.RecordAsync(CancellationToken.None);
        Assert.Empty(Releases[^1].Containers);
        Assert.Equal(2, Releases.Count);
        Assert.Equal(api.Id, Releases[0].Containers[0].ContainerId);
    }

    [Fact]
    public async Task What_is_put_back_is_the_last_release_though_it_was_made_before_the_one_that_it_replaces()
    {
        var former = Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        Remove(former);
        var latter = Add(
            "rentguy-api-1",
            facts =>
                facts with
                {
                    Id = new string('9', 64),
                    ImageId = "sha256:9999999999999999",
                    CreatedAtUnixMs = former.CreatedAtUnixMs + 60_000,
                }
        );
        await Recorder.RecordAsync(CancellationToken.None);
        Remove(latter);
        desk.Engine.Containers[former.Id] = former;
        book.Replace([former]);
        await Recorder.RecordAsync(CancellationToken.None);
        Assert.Equal(
            [former.Id, latter.Id, former.Id],
            Releases.Select(release => release.Containers.Single().ContainerId)
        );
        Assert.Equal(
            Releases.Select(release => release.SinceUnixMs).Order(),
            Releases.Select(release => release.SinceUnixMs)
        );
        Assert.True(Releases[^1].SinceUnixMs > Releases[^2].SinceUnixMs);
    }

    [Fact]
    public async Task Images_of_the_last_releases_carry_a_tag_and_are_never_pruned()
    {
        var first = Add(
            "rentguy-api-1",
            facts => facts with { ImageId = "sha256:aaaaaaaaaaaaaaaa", Image = "rentguy/api:1" }
        );
        await Recorder.RecordAsync(CancellationToken.None);
        Remove(first);
        Add(
            "rentguy-api-1",
            facts =>
                facts with
                {
                    ImageId = "sha256:bbbbbbbbbbbbbbbb",
                    Image = "rentguy/api:2",
                    Id = new string('b', 64),
                }
        );
        await Recorder.RecordAsync(CancellationToken.None);
        Assert.Contains("tag sha256:aaaaaaaaaaaaaaaa sevensa-release:aaaaaaaaaaaa", desk.Engine.Calls);
        Assert.Equal(["rentguy/api"], desk.Bench.Kept.NeededBy("sha256:aaaaaaaaaaaaaaaa"));
        var plan = Samples.Plan(
            "p1",
            "image.prune",
            [new PlanStep(1, StepVerbs.ImagePrune, "sha256:aaaaaaaaaaaaaaaa", "Remove it")],
            new PlanVerification(VerificationKinds.None, 0, "gone"),
            PlanUndo.None("an image is pulled again when it is needed"),
            first
        ) with
        {
            Containers = [],
            World = World.Fingerprint([]),
        };
        var refused = await desk.DeliverAsync(plan);
        Assert.Equal("imageNeeded", refused.RefusalCode);
        Assert.True(desk.Works.Images.ContainsKey("sha256:aaaaaaaaaaaaaaaa"));
    }

    [Fact]
    public async Task What_the_dashboard_has_not_taken_is_told_again_to_another_dashboard_from_the_start()
    {
        Add("rentguy-api-1");
        await Recorder.RecordAsync(CancellationToken.None);
        var told = Assert.Single(desk.Bench.Book.Untold("h1", 50));
        desk.Bench.Book.MarkTold("h1", told.Sequence);
        Assert.Empty(desk.Bench.Book.Untold("h1", 50));
        Assert.Single(desk.Bench.Book.Untold("h2", 50));
    }

    [Fact]
    public async Task A_sealed_specification_opens_only_as_what_it_is()
    {
        var api = Add("rentguy-api-1");
        var id = desk.Bench.Specifications.Keep((await desk.Bench.Reader.ReadAsync(api.Id, CancellationToken.None))!);
        var file = Path.Combine(desk.Folder, SpecificationStore.Folder, id + ".sealed");
        Assert.Equal("rentguy-api-1", desk.Bench.Specifications.Find(id)!.Name);
        Assert.Null(desk.Bench.Specifications.Find("../specifications.key"));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Contains(
            "damaged",
            Assert.Throws<Sevensa.Dashboard.Runner.RunnerException>(() => desk.Bench.Specifications.Find(id)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_is_kept_by_several_at_once_is_kept_for_each()
    {
        var api = Add("rentguy-api-1");
        var specification = (await desk.Bench.Reader.ReadAsync(api.Id, CancellationToken.None))!;
        for (var turn = 0; turn < 20; turn++)
        {
            var (named, starting) = (specification with { Name = $"rentguy-api-{turn}" }, new Barrier(8));
            var ids = await Task.WhenAll(
                Enumerable
                    .Range(0, starting.ParticipantCount)
                    .Select(_ =>
                        Task.Factory.StartNew(
                            () =>
                            {
                                starting.SignalAndWait();
                                return desk.Bench.Specifications.Keep(named);
                            },
                            CancellationToken.None,
                            TaskCreationOptions.LongRunning,
                            TaskScheduler.Default
                        )
                    )
            );
            Assert.Equal(named.Name, desk.Bench.Specifications.Find(Assert.Single(ids.Distinct()))!.Name);
        }
    }

    [Fact]
    public async Task What_an_action_has_begun_to_rely_on_is_not_forgotten()
    {
        var api = Add("rentguy-api-1");
        var id = desk.Bench.Specifications.Keep((await desk.Bench.Reader.ReadAsync(api.Id, CancellationToken.None))!);
        desk.Bench.Specifications.Forget(id, unless: () => true);
        Assert.NotNull(desk.Bench.Specifications.Find(id));
        desk.Bench.Specifications.Forget(id, unless: () => false);
        Assert.Null(desk.Bench.Specifications.Find(id));
    }
}
