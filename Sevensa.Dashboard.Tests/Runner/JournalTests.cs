using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions;

namespace Sevensa.Dashboard.Tests.Runner;

public sealed class JournalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("journal-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string File => Path.Combine(folder, Journal.FileName);

    private T Opened<T>(Func<Journal, T> use)
    {
        using var state = StateFolder.Open(folder);
        using var journal = Journal.Open(state, time);
        return use(journal);
    }

    private SignedAction Action(string id = "p1") =>
        Samples.Signed(Samples.Restart(id, Samples.Container("rentguy-api-1")), time.GetUtcNow());

    [Fact]
    public void What_was_begun_is_known_after_a_restart_and_not_begun_again()
    {
        Assert.True(Opened(journal => journal.TryBegin(Action())));
        Assert.False(Opened(journal => journal.TryBegin(Action())));
        Assert.Equal("p1", Assert.Single(Opened(journal => journal.InFlight())).Id);
    }

    [Fact]
    public void The_beginning_is_in_the_file_before_begin_returns()
    {
        Opened(journal =>
        {
            journal.TryBegin(Action());
            using var reader = new StreamReader(
                new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
            );
            Assert.EndsWith("\n", reader.ReadToEnd(), StringComparison.Ordinal);
            return 0;
        });
        Assert.Single(System.IO.File.ReadAllLines(File));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(200)]
    public void A_torn_last_line_is_dropped_and_the_next_is_not_glued_to_it(int cut)
    {
        Opened(journal => journal.TryBegin(Action("p1")));
        var whole = System.IO.File.ReadAllBytes(File).Length;
        Opened(journal => journal.TryBegin(Action("p2")));
        using (var stream = new FileStream(File, FileMode.Open))
        {
            stream.SetLength(stream.Length - cut);
        }
        Opened(journal =>
        {
            Assert.True(journal.WasTorn);
            Assert.Null(journal.Find("p2"));
            Assert.True(journal.TryBegin(Action("p3")));
            return 0;
        });
        Assert.True(new FileInfo(File).Length > whole);
        Assert.Equal(["p1", "p3"], Opened(journal => journal.InFlight()).Select(action => action.Id));
    }

    [Fact]
    public void A_damaged_line_in_the_middle_stops_the_runner_with_its_number()
    {
        Opened(journal => journal.TryBegin(Action("p1")));
        System.IO.File.AppendAllText(File, "not json\n", Encoding.UTF8);
        var exception = Assert.Throws<RunnerException>(() => Opened(journal => journal.InFlight()));
        Assert.Contains("Line 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_are_numbered_across_restarts_and_kept_until_acknowledged()
    {
        Opened(journal =>
        {
            journal.TryBegin(Action());
            return journal.Report("p1", "step", 1, "started", "x");
        });
        Assert.Equal(2, Opened(journal => journal.Report("p1", "step", 1, "done", "x")).Sequence);
        Opened(journal =>
        {
            journal.Acknowledge("p1", 1);
            return 0;
        });
        Assert.Equal([2L], Opened(journal => journal.Unacknowledged()).Select(report => report.Sequence));
    }

    [Fact]
    public void Reports_are_told_in_their_order_when_the_clock_is_set_back_between_them()
    {
        var back = new FakeTimeProvider(time.GetUtcNow().AddHours(-1));
        using var state = StateFolder.Open(folder);
        using (var journal = Journal.Open(state, time))
        {
            journal.TryBegin(Action());
            journal.Report("p1", "step", 1, "started", "x");
        }
        using var later = Journal.Open(state, back);
        later.Report("p1", "step", 1, "done", "x");
        Assert.Equal([1L, 2L], later.Unacknowledged().Select(report => report.Sequence));
    }

    [Fact]
    public void Unknown_is_not_an_end()
    {
        Opened(journal =>
        {
            journal.TryBegin(Action());
            return journal.Report("p1", "outcome", outcome: new ActionOutcome(ProposalState.Unknown, "?"));
        });
        Assert.Single(Opened(journal => journal.InFlight()));
        Opened(journal => journal.Report("p1", "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, "!")));
        Assert.Empty(Opened(journal => journal.InFlight()));
    }

    [Fact]
    public void What_ended_long_ago_and_was_told_is_forgotten_and_nothing_else()
    {
        Opened(journal =>
        {
            journal.TryBegin(Action("told"));
            journal.Acknowledge(
                "told",
                journal.Report("told", "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, "")).Sequence
            );
            journal.TryBegin(Action("untold"));
            journal.Report("untold", "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, ""));
            return journal.TryBegin(Action("running"));
        });
        time.Advance(TimeSpan.FromDays(31));
        Opened(journal =>
        {
            Assert.Null(journal.Find("told"));
            Assert.Equal("untold", Assert.Single(journal.Unacknowledged()).ActionId);
            Assert.Equal("running", Assert.Single(journal.InFlight()).Id);
            return journal.TryBegin(Action("after"));
        });
        Assert.NotNull(Opened(journal => journal.Find("after")));
    }

    [Fact]
    public void Only_the_runner_may_read_it_and_only_one_runner_holds_the_folder()
    {
        Opened(journal =>
        {
            Assert.Throws<RunnerException>(() => StateFolder.Open(folder));
            return 0;
        });
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }
}
