using System.Text;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

public class LogLinesTests
{
    private const string Stamp = "2026-11-24T12:00:00.000000001Z ";

    private static LogLines.Read Frames(params (string Stream, byte[] Bytes)[] frames)
    {
        var left = new Queue<(string Stream, byte[] Bytes)>(
            frames.SelectMany(frame => frame.Bytes.Chunk(32 * 1024).Select(part => (frame.Stream, part)))
        );
        return (buffer, _) =>
        {
            if (!left.TryDequeue(out var next))
            {
                return Task.FromResult((0, "stdout"));
            }
            next.Bytes.CopyTo(buffer, 0);
            return Task.FromResult((next.Bytes.Length, next.Stream));
        };
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task Lines_are_whole_though_frames_are_not_and_streams_interleave()
    {
        var lines = await LogLines
            .FollowAsync(
                Frames(
                    ("stdout", Text(Stamp + "one and ")),
                    ("stderr", Text(Stamp + "else\r\n")),
                    ("stdout", Text("a half\n" + Stamp + "last"))
                ),
                TestContext.Current.CancellationToken
            )
            .SelectMany(piece => piece)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            [("stderr", "else"), ("stdout", "one and a half"), ("stdout", "last")],
            lines.Select(line => (line.Stream, line.Text))
        );
        Assert.All(lines, line => Assert.Equal(1, line.TimeUnixNs % 1_000_000_000));
    }

    [Fact]
    public async Task What_is_no_text_or_too_long_comes_as_far_as_it_goes_and_says_what_is_missing()
    {
        var lines = await LogLines.ReadAsync(
            Frames(
                ("stdout", [.. Text(Stamp), 0xff, 0xfe, 0x00, (byte)'\n']),
                ("stdout", Text(Stamp + new string('x', 1024 * 1024) + "\n"))
            ),
            10,
            TestContext.Current.CancellationToken
        );
        Assert.Contains('\ufffd', lines[0].Text);
        Assert.EndsWith($" … {1024 * 1024 + Stamp.Length - 64 * 1024} more bytes", lines[1].Text);
        Assert.InRange(lines[1].Text.Length, 63 * 1024, 65 * 1024);
    }

    [Fact]
    public async Task Pieces_fit_into_a_message()
    {
        var many = Text(string.Concat(Enumerable.Repeat(Stamp + "x\n", 5000)));
        var pieces = await LogLines
            .FollowAsync(Frames(("stdout", many)), TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(5000, pieces.Sum(piece => piece.Count));
        Assert.All(pieces, piece => Assert.InRange(piece.Count, 1, LogPiece.MostLines));
    }
}
