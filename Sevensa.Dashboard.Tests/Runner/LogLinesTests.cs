using System.Text;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

public class LogLinesTests
{
    private const string Stamp = "2026-11-24T12:00:00.000000001Z ";
    private const string Later = "2026-11-24T12:00:01.000000001Z ";

    /// <summary>Frames as Docker sends them, in parts of at most <paramref name="part"/> bytes.</summary>
    private static LogLines.Read Frames(int part, params (string Stream, byte[] Bytes)[] frames)
    {
        var left = new Queue<(string Stream, byte[] Bytes, bool Begins)>(
            frames.SelectMany(frame =>
                frame.Bytes.Chunk(part).Select((bytes, index) => (frame.Stream, bytes, index == 0))
            )
        );
        return (buffer, _) =>
        {
            if (!left.TryDequeue(out var next))
            {
                return Task.FromResult(new LogBytes(0, "stdout", false));
            }
            next.Bytes.CopyTo(buffer, 0);
            return Task.FromResult(new LogBytes(next.Bytes.Length, next.Stream, next.Begins));
        };
    }

    private static LogLines.Read Terminal(int part, string text) =>
        Frames(part, ("stdout", Text(text))) is var read
            ? async (buffer, token) => await read(buffer, token) with { Begins = false }
            : throw new InvalidOperationException();

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<List<ContainerLogLine>> FollowAsync(LogLines.Read read) =>
        await LogLines
            .FollowAsync(read, TestContext.Current.CancellationToken)
            .SelectMany(piece => piece)
            .ToListAsync(TestContext.Current.CancellationToken);

    private static Task<LogTail> TailAsync(LogLines.Read read, int most, int pieces, long since = 0) =>
        LogLines.TailAsync(read, most, pieces, since, TestContext.Current.CancellationToken);

    /// <summary>A line as the engine keeps it: pieces of 16 KiB, each with the line's time.</summary>
    private static (string, byte[])[] Pieces(string stream, string stamp, string text) =>
        [
            .. text.Chunk(LogLines.PieceBytes)
                .Select(
                    (piece, index) =>
                        (
                            stream,
                            Text(
                                stamp
                                    + new string(piece)
                                    + ((index + 1) * LogLines.PieceBytes >= text.Length ? "\n" : "")
                            )
                        )
                ),
        ];

    private static string Long(int length) =>
        string.Create(
            length,
            0,
            (span, _) =>
            {
                for (var index = 0; index < span.Length; index++)
                {
                    span[index] = (char)('a' + index % 23);
                }
            }
        );

    [Fact]
    public async Task Lines_are_whole_though_parts_are_not_and_streams_interleave()
    {
        var read = Frames(
            5,
            ("stdout", Text(Stamp + "one and a half\n")),
            ("stderr", Text(Stamp + "else\r\n")),
            ("stdout", Text(Later + "last"))
        );
        var lines = await FollowAsync(read);
        Assert.Equal(
            [("stdout", "one and a half"), ("stderr", "else"), ("stdout", "last")],
            lines.Select(line => (line.Stream, line.Text))
        );
        Assert.All(lines, line => Assert.Equal(1, line.TimeUnixNs % 1_000_000_000));
    }

    [Theory]
    [InlineData(16 * 1024 + 1, 32 * 1024)]
    [InlineData(16 * 1024, 32 * 1024)]
    [InlineData(40_000, 7)]
    [InlineData(40_000, 1000)]
    [InlineData(48 * 1024, 16 * 1024)]
    [InlineData(300_000, 32 * 1024)]
    public async Task A_line_that_the_engine_kept_in_pieces_is_the_containers_own_bytes(int length, int part)
    {
        var text = Long(length);
        var read = Frames(
            part,
            [
                .. Pieces("stdout", Stamp, text),
                // The other stream's line comes between two pieces of the next.
                .. Pieces("stdout", Later, text)[..1],
                ("stderr", Text(Later + "between\n")),
                .. Pieces("stdout", Later, text)[1..],
                ("stdout", Text(Later + "short\n")),
            ]
        );
        var lines = await FollowAsync(read);
        Assert.Equal(
            length > LogLines.PieceBytes ? [text, "between", text, "short"] : [text, text, "between", "short"],
            lines.Select(line => line.Text)
        );
    }

    [Theory]
    [InlineData(40_000, 1000)]
    [InlineData(16 * 1024, 32 * 1024)]
    [InlineData(48 * 1024, 3)]
    public async Task Of_a_terminal_too_which_has_no_frames(int length, int part)
    {
        var text = Long(length);
        var raw = string.Concat(text.Chunk(LogLines.PieceBytes).Select(piece => Stamp + new string(piece)));
        var lines = await FollowAsync(Terminal(part, $"{raw}\r\n{Later}short\r\n"));
        Assert.Equal([text, "short"], lines.Select(line => line.Text));
    }

    [Fact]
    public async Task A_line_of_another_time_ends_one_that_was_never_ended()
    {
        var read = Frames(9, ("stdout", Text(Stamp + "cut off by a crash")), ("stdout", Text(Later + "next\n")));
        Assert.Equal(["cut off by a crash", "next"], (await FollowAsync(read)).Select(line => line.Text));
    }

    [Fact]
    public async Task What_is_no_text_or_too_long_comes_as_far_as_it_goes_and_says_what_is_missing()
    {
        const int length = 3 * 1024 * 1024;
        var tail = await TailAsync(
            Frames(
                32 * 1024,
                [
                    ("stdout", [.. Text(Stamp), 0xff, 0xfe, 0x00, (byte)'\n']),
                    .. Pieces("stdout", Later, new string('x', length)),
                ]
            ),
            10,
            100_000
        );
        Assert.Contains('\ufffd', tail.Lines[0].Text);
        Assert.EndsWith($" … {length + Stamp.Length - LogLines.MostLineBytes} more bytes", tail.Lines[1].Text);
    }

    [Fact]
    public async Task Pieces_fit_into_a_message()
    {
        var many = Enumerable.Range(0, 5000).Select(_ => ("stdout", Text(Stamp + "x\n"))).ToArray();
        var joined = many.SelectMany(frame => frame.Item2).ToArray();
        var pieces = await LogLines
            .FollowAsync(Frames(32 * 1024, ("stdout", joined)), TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5000, pieces.Sum(piece => piece.Count));
        Assert.All(pieces, piece => Assert.InRange(piece.Count, 1, LogPiece.MostLines));
    }

    [Fact]
    public async Task A_tail_that_begins_in_the_middle_of_a_line_leaves_it_out_and_asks_for_more()
    {
        var frames = Pieces("stdout", Stamp, Long(40_000))[1..]
            .Concat([("stderr", Text(Later + "whole\n")), ("stdout", Text(Later + "last\n"))])
            .ToArray();
        var tail = await TailAsync(Frames(1000, frames), 3, frames.Length);
        Assert.Equal(["whole", "last"], tail.Lines.Select(line => line.Text));
        Assert.True(tail.More);
        // Fewer came than were asked for: that is all there is.
        Assert.False((await TailAsync(Frames(1000, frames[2..]), 3, frames.Length)).More);
    }

    [Fact]
    public async Task From_a_moment_on_a_line_that_began_before_and_ended_after_is_told()
    {
        var pieces = Pieces("stdout", Stamp, Long(40_000));
        var tail = await TailAsync(
            Frames(
                5000,
                [
                    ("stdout", Text(Stamp + "before\n")),
                    .. pieces[..1],
                    ("stderr", Text(Later + "since\n")),
                    .. pieces[1..],
                ]
            ),
            10,
            100,
            since: 1_795_521_601_000_000_001
        );
        Assert.Equal(["since", Long(40_000)], tail.Lines.Select(line => line.Text));
    }

    [Fact]
    public void What_was_read_and_what_is_followed_meet_without_loss_or_double()
    {
        ContainerLogLine[] all =
        [
            .. new[] { 1, 2, 2, 3, 4, 5 }.Select((time, index) => new ContainerLogLine(time, "stdout", $"{time}")),
        ];
        var seam = new LogSeam(all[1..4], 0);
        Assert.False(seam.IsMissed(all[0]));
        Assert.Equal(["4", "5"], seam.New(all).Select(line => line.Text));
        Assert.True(new LogSeam(all[1..4], 0).IsMissed(all[4]));
        Assert.Equal(6, new LogSeam([], 0).New(all).Count);
        Assert.Equal(["3", "4", "5"], new LogSeam([], 3).New(all).Select(line => line.Text));
    }

    [Fact]
    public async Task A_line_in_several_frames_is_one_line_and_the_newest_are_kept()
    {
        byte[][] frames =
        [
            "2026-01-30T12:00:00.5Z hel"u8.ToArray(),
            "lo\n2026-01-30T12:00:01Z two\n2026-01-30T12:00:02Z thr"u8.ToArray(),
            "ee"u8.ToArray(),
        ];
        var index = 0;
        var lines = await LogLines.TailAsync(
            (buffer, _) =>
            {
                if (index == frames.Length)
                {
                    return Task.FromResult(new LogBytes(0, "stdout", false));
                }
                frames[index].CopyTo(buffer, 0);
                return Task.FromResult(new LogBytes(frames[index++].Length, "stdout", false));
            },
            2,
            100,
            0,
            CancellationToken.None
        );
        Assert.Equal(["hello", "two"], lines.Lines.Select(line => line.Text));
        Assert.Equal(["three"], lines.Unfinished.Select(line => line.Text));
    }
}
