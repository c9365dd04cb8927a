using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Reporting;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A disk that is full for a while: nothing is left half-way, nothing is forgotten, and the runner starts afterwards.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const string OtherImage = "sha256:2222222222222222";

    private readonly string folder = Directory.CreateTempSubdirectory("full-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly FillingDisk disk = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private SignedAction Action(string id) =>
        Samples.Signed(Samples.Restart(id, Samples.Container("rentguy-api-1")), time.GetUtcNow());

    private IReadOnlyList<string> InFlightAfterARestart()
    {
        using var state = StateFolder.Open(folder);
        using var journal = Journal.Open(state, time);
        Assert.False(journal.WasTorn);
        return [.. journal.InFlight().Select(action => action.Id)];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(5000)]
    public void What_there_was_no_room_for_is_not_in_the_journal_later_either(int room)
    {
        using (var state = StateFolder.Open(folder, disk.Open))
        using (var journal = Journal.Open(state, time))
        {
            Assert.True(journal.TryBegin(Action("p1")));
            disk.Room = room;
            var refused = new List<string>();
            for (var tried = 0; tried < 10; tried++)
            {
                try
                {
                    journal.TryBegin(Action($"no-{tried}"));
                }
                catch (JournalException exception)
                {
                    Assert.Contains("No space left on device", exception.Message, StringComparison.Ordinal);
                    Assert.Null(journal.Find($"no-{tried}"));
                    refused.Add($"no-{tried}");
                }
            }
            Assert.NotEmpty(refused);
            disk.Room = null;
            Assert.True(journal.TryBegin(Action("p2")));
        }
        var known = InFlightAfterARestart();
        Assert.Equal(("p1", "p2"), (known[0], known[^1]));
        Assert.DoesNotContain("no-9", known);
        // What waits in a buffer would be written later, whatever its writer was told.
        Assert.All(disk.Buffers, size => Assert.Equal(0, size));
    }

    [Fact]
    public void Half_a_line_that_could_not_be_taken_out_at_once_is_before_the_next_one()
    {
        using (var state = StateFolder.Open(folder, disk.Open))
        using (var journal = Journal.Open(state, time))
        {
            Assert.True(journal.TryBegin(Action("p1")));
            (disk.Room, disk.Stuck) = (100, true);
            Assert.Throws<JournalException>(() => journal.TryBegin(Action("p2")));
            disk.Room = null;
            Assert.Throws<JournalException>(() => journal.TryBegin(Action("p3")));
            disk.Stuck = false;
            Assert.True(journal.TryBegin(Action("p4")));
        }
        Assert.Equal(["p1", "p4"], InFlightAfterARestart());
    }

    [Fact]
    public void A_journal_whose_old_actions_can_t_be_cleared_now_is_opened_all_the_same()
    {
        using (var state = StateFolder.Open(folder))
        using (var journal = Journal.Open(state, time))
        {
            journal.TryBegin(Action("old"));
            var report = journal.Report("old", "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, "!"));
            journal.Acknowledge("old", report.Sequence);
            journal.TryBegin(Action("new"));
        }
        time.Advance(TimeSpan.FromDays(31));
        disk.Room = 20;
        using (var state = StateFolder.Open(folder, disk.Open))
        using (var journal = Journal.Open(state, time))
        {
            Assert.Equal("new", Assert.Single(journal.InFlight()).Id);
        }
        Assert.Empty(Directory.GetFiles(folder, "*.new"));
        Assert.Equal(["new"], InFlightAfterARestart());
    }

    [Fact]
    public void A_release_that_could_not_be_recorded_is_not_in_the_book_twice_later()
    {
        static ReleaseFacts Release(long sequence, string service) =>
            new($"rel-{sequence}", sequence, "rentguy", service, null, "f", 1, new ReleaseCause("unknown"), []);
        using (var state = StateFolder.Open(folder, disk.Open))
        using (var book = ReleaseBook.Open(state))
        {
            book.Add(Release(1, "api"));
            disk.Room = 30;
            Assert.Throws<IOException>(() => book.Add(Release(2, "db")));
            Assert.Equal(1, book.LastSequence);
            Assert.Throws<IOException>(() => book.MarkTold("h1", 1));
            // Told it is, for as long as this program runs.
            Assert.Empty(book.Untold("h1", 10));
            disk.Room = null;
            book.Add(Release(2, "web"));
        }
        using (var state = StateFolder.Open(folder))
        using (var book = ReleaseBook.Open(state))
        {
            Assert.Equal(["api", "web"], book.Untold("h1", 10).Select(release => release.Service));
        }
        Assert.Equal(2, File.ReadAllLines(Path.Combine(folder, ReleaseBook.FileName)).Length);
    }

    [Fact]
    public async Task A_replacement_that_fills_the_disk_gives_its_place_back_at_once_and_tells_of_it_when_there_is_room()
    {
        await using var desk = new Desk(disk: disk);
        desk.Works.AddImage("sha256:1111", "rentguy/api:2.4.1");
        desk.Works.AddImage(OtherImage, "rentguy/api:2.4.0");
        var old = desk.Engine.Add("rentguy-api-1");
        desk.Works.Describe(
            old.Id,
            new JsonObject
            {
                ["Image"] = "sha256:1111",
                ["Config"] = new JsonObject
                {
                    ["Image"] = "rentguy/api:2.4.1",
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none" },
            }
        );
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        desk.Engine.OnDone = call =>
        {
            if (call.StartsWith("stop", StringComparison.Ordinal))
            {
                disk.Room = 10;
                full.SetResult();
            }
            return Task.CompletedTask;
        };
        var plan = Samples.Plan(
            "p1",
            "service.deploy",
            [
                new PlanStep(
                    1,
                    StepVerbs.ContainerRecreate,
                    old.Id,
                    "Re-create it",
                    StepJson.Of(new RecreateArguments(Image: OtherImage, GraceSeconds: 3, SteadySeconds: 0))
                ),
            ],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "the former container is put back"),
            old
        );
        Assert.True((await desk.DeliverAsync(plan)).Accepted);
        // Before it, the service runs as well.
        await full.Task.WaitAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            "the service runs again, with the disk still full",
            _ =>
                Task.FromResult(
                    desk.Engine.Containers.Values.SingleOrDefault() is { State: "running", Name: "rentguy-api-1" } now
                        && now.Id == old.Id
                )
        );
        // Nobody else may touch it before its end is known here, and nobody is told an end that could be forgotten.
        Assert.Equal("busy", (await desk.DeliverAsync(plan with { ProposalId = "p2" })).RefusalCode);
        Assert.Null(desk.Journal.Find("p1")!.Outcome);
        disk.Room = null;
        await desk.IdleAsync();
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal((ProposalState.RolledBack, "done", "stateFolder"), (outcome.State, outcome.Undo, outcome.Code));
        Assert.Contains("No space left on device", outcome.Text, StringComparison.Ordinal);
        desk.Engine.OnDone = _ => Task.CompletedTask;
        Assert.True((await desk.DeliverAsync(plan with { ProposalId = "p3" })).Accepted);
        await desk.IdleAsync();
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("p3")!.Outcome!.Outcome!.State);
    }

    [Fact]
    public async Task Progress_that_can_t_be_kept_ends_nothing_and_the_end_is_told_when_it_can_be()
    {
        await using var desk = new Desk(disk: disk);
        var container = desk.Engine.Add("rentguy-api-1");
        var called = new TaskCompletionSource();
        desk.Engine.OnCall = _ =>
        {
            disk.Room = 0;
            called.SetResult();
            return Task.CompletedTask;
        };
        Assert.True((await desk.DeliverAsync(Samples.Restart("p1", container))).Accepted);
        await called.Task;
        for (var second = 0; second < 30; second++)
        {
            desk.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.True(desk.Actions.IsActing);
        Assert.True(desk.Actions.Cancel("p1"));
        disk.Room = null;
        await desk.IdleAsync();
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("p1")!.Outcome!.Outcome!.State);
        Assert.Single(desk.Engine.Calls);
    }

    [Fact]
    public async Task A_night_of_a_full_disk_is_a_few_lines_in_the_log()
    {
        var log = new ToldLines();
        await using var desk = new Desk(disk: disk, log: log);
        var container = desk.Engine.Add("rentguy-api-1");
        var plan = Samples.Plan(
            "p1",
            "image.pull",
            [new PlanStep(1, StepVerbs.ImagePull, "rentguy/api:2", "Pull rentguy/api:2")],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            PlanUndo.None("an image that is there does no harm"),
            container
        );
        desk.Journal.TryBegin(desk.Signed(plan));
        desk.Journal.Note(new JournalWork("p1", 1, "done", new Dictionary<string, string>()));
        // Every step was done; that what it replaced may go now can't be written down.
        disk.Room = 0;
        desk.Actions.Recover();
        await Eventually.GetAsync<string>(
            "the journal to be found full",
            _ =>
                Task.FromResult(
                    log.Lines.FirstOrDefault(line => line.Contains("does not hear of this", StringComparison.Ordinal))
                )
        );
        for (var second = 0; second < 3600; second++)
        {
            desk.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.True(desk.Actions.IsActing);
        disk.Room = null;
        await desk.IdleAsync();
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("p1")!.Outcome!.Outcome!.State);
        Assert.Single(log.Lines, line => line.Contains("does not hear of this", StringComparison.Ordinal));
        Assert.InRange(log.Lines.Count, 1, 8);
    }

    [Fact]
    public async Task What_breaks_while_the_runner_ends_keeps_nothing_from_being_closed()
    {
        var log = new ToldLines();
        var desk = new Desk(disk: disk, log: log);
        var container = desk.Engine.Add("rentguy-api-1");
        var called = new TaskCompletionSource();
        desk.Engine.OnCall = async _ =>
        {
            var ending = new TaskCompletionSource();
            using var ends = desk.Engine.Asked.Register(ending.SetResult);
            called.SetResult();
            await ending.Task;
            throw new InvalidOperationException("nobody foresaw this");
        };
        Assert.True((await desk.DeliverAsync(Samples.Restart("p1", container))).Accepted);
        await called.Task;
        var disposing = desk.DisposeAsync().AsTask();
        // Its farewell is over.
        desk.Time.Advance(TimeSpan.FromSeconds(30));
        await disposing.WaitAsync(E2E.Fixtures.Patience.Usual, TestContext.Current.CancellationToken);
        Assert.Contains(log.Lines, line => line.Contains("nobody foresaw this", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_can_t_be_written_down_is_not_begun_and_the_answer_says_why()
    {
        await using var desk = new Desk(disk: disk);
        var plan = Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"));
        disk.Room = 0;
        var answer = await desk.DeliverAsync(plan);
        Assert.Equal((false, "stateFolder"), (answer.Accepted, answer.RefusalCode));
        Assert.Contains("No space left on device", answer.Refusal, StringComparison.Ordinal);
        Assert.Empty(desk.Engine.Calls);
        Assert.Null(desk.Actions.Recall("p1"));
        // Nor is a refusal for another reason lost by it.
        var other = await desk.DeliverAsync(Samples.Restart("p2", Samples.Container("of-nobody")));
        Assert.False(other.Accepted);
        Assert.NotEqual("stateFolder", other.RefusalCode);
        disk.Room = null;
        Assert.Equal(ProposalState.Succeeded, (await desk.RunAsync(plan)).State);
    }

    [Fact]
    public async Task What_the_dashboard_has_is_not_sent_again_when_that_can_t_be_written_down()
    {
        await using var desk = new Desk(disk: disk);
        await desk.RunAsync(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1")));
        var reports = desk.Journal.Unacknowledged().Select(report => report.Sequence).ToList();
        disk.Room = 0;
        var sent = new List<long>();
        using var ending = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            desk.Outbox.RunAsync(
                async (bytes, _) =>
                {
                    var report = JsonSerializer.Deserialize(bytes, ActionJson.Default.ActionReport)!;
                    sent.Add(report.Sequence);
                    if (report.Outcome is not null)
                    {
                        await ending.CancelAsync();
                    }
                },
                ending.Token
            )
        );
        Assert.Equal(reports, sent);
        Assert.Empty(desk.Journal.Unacknowledged());
    }

    [Fact]
    public async Task Releases_that_the_dashboard_has_are_not_sent_again_when_that_can_t_be_written_down()
    {
        await using var desk = new Desk(disk: disk);
        desk.Bench.Book.Add(
            new ReleaseFacts("rel-1", 1, "rentguy", "api", null, "f", 1, new ReleaseCause("unknown"), [])
        );
        var recorder = new ReleaseRecorder(
            new HostBook(),
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
        disk.Room = 0;
        var sent = 0;
        using var ending = new CancellationTokenSource();
        var telling = recorder.TellAsync(
            "h1",
            (_, _) =>
            {
                sent++;
                return Task.CompletedTask;
            },
            ending.Token
        );
        Assert.False(telling.IsCompleted, telling.Exception?.Message);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => telling);
        Assert.Equal(1, sent);
    }
}
