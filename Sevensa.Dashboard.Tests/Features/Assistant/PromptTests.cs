using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What is sent from question to question, and what a server's count of it says.</summary>
public sealed class PromptTests
{
    private static readonly DateTimeOffset Nine = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);
    private static readonly Caller Operator = new("1", "Operator", Role.Operator, true, TenantSet.All, ApiScopes.All);

    private static readonly ModelTool Tool = new(
        "list_tenants",
        "Lists the tenants.",
        JsonSerializer.SerializeToElement(new { type = "object" })
    );

    /// <summary>A server keeps what it has read as long as a prompt begins alike; 3,300 tokens read anew are twenty seconds on two cores.</summary>
    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Two_requests_a_minute_apart_are_the_same_bytes_up_to_the_time_in_the_last_message(string protocol)
    {
        ConversationMessage[] earlier =
        [
            Message("user", "Is all well?", Nine.AddMinutes(-7)),
            Message("assistant", "It is.", Nine.AddMinutes(-6)),
        ];
        var (first, second) = (
            await BytesAsync(protocol, earlier, "And now?", Nine),
            await BytesAsync(protocol, earlier, "And now?", Nine.AddMinutes(1))
        );
        var alike = first.AsSpan().CommonPrefixLength(second);
        Assert.InRange(first.Length - alike, 1, 20);
        foreach (var part in (string[])["Rules:", "list_tenants", "Is all well?", "It is.", "And now?"])
        {
            Assert.Contains(part, first[..alike], StringComparison.Ordinal);
        }
        Assert.Contains("09:00 UTC", first, StringComparison.Ordinal);
        Assert.DoesNotContain("09:00", first[..alike], StringComparison.Ordinal);

        // A conversation that goes on begins with all that was sent before.
        var next = await BytesAsync(
            protocol,
            [.. earlier, Message("user", "And now?", Nine), Message("assistant", "It is.", Nine)],
            "Since when?",
            Nine.AddMinutes(3)
        );
        Assert.StartsWith(first[..^"]}".Length], next, StringComparison.Ordinal);
    }

    [Theory]
    // The same prompt again, and one that goes on: no fewer tokens than before.
    [InlineData(2_000, 0, 2_000, false)]
    [InlineData(2_000, 400, 2_100, false)]
    [InlineData(2_000, 400, 1_950, true)]
    [InlineData(2_000, 20_000, 2_050, true)]
    [InlineData(2_000, 20_000, 6_900, false)]
    // A server that counts only what it had not read before.
    [InlineData(2_000, 4_000, 1_000, false)]
    [InlineData(2_000, 400, 100, false)]
    // Less than could be new.
    [InlineData(2_000, 20_000, 1_026, true)]
    public void A_count_is_held_against_that_of_a_prompt_with_the_same_beginning(
        int before,
        int more,
        int counted,
        bool isCut
    )
    {
        var size = new PromptSize();
        var first = Request(Varied(8_000));
        Assert.False(size.IsCut(first, before));
        var second = first with
        {
            Messages = [.. first.Messages, new ModelMessage("assistant", ""), new ModelMessage("user", Varied(more))],
        };
        Assert.Equal(isCut, size.IsCut(second, counted));
    }

    [Fact]
    public void Once_a_server_has_counted_all_a_small_count_is_no_cache()
    {
        var size = new PromptSize();
        var first = Request(Varied(8_000));
        Assert.False(size.IsCut(first, 2_000));
        var second = Longer(first, 400);
        Assert.False(size.IsCut(second, 2_100));
        Assert.True(size.IsCut(Longer(second, 4_000), 1_000));
    }

    [Fact]
    public void A_long_run_of_one_character_is_few_tokens_and_no_cut()
    {
        var size = new PromptSize();
        Assert.False(size.IsCut(Request(Varied(2_000) + new string(' ', 20_000)), 900));
    }

    private static ModelRequest Longer(ModelRequest request, int more) =>
        request with
        {
            Messages = [.. request.Messages, new ModelMessage("user", Varied(more))],
        };

    private static ModelRequest Request(string text) => new([new ModelMessage("user", text)], [], 16_384, 1_000);

    private static string Varied(int length) =>
        string.Concat(Enumerable.Range(0, (length / 5) + 1).Select(number => $"{number % 1000:000} ."))[..length];

    private static async Task<string> BytesAsync(
        string protocol,
        IEnumerable<ConversationMessage> earlier,
        string question,
        DateTimeOffset now
    )
    {
        IModelProtocol own = protocol == "openai" ? new OpenAiProtocol("m") : new OllamaProtocol("m");
        using var request = own.Ask(
            new ModelRequest(
                AssistantPrompt.For(Operator, earlier, question, now, Redaction.ByForm),
                [Tool],
                16_384,
                4_096
            )
        );
        return await request.Content!.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static ConversationMessage Message(string author, string text, DateTimeOffset at) =>
        new()
        {
            Id = "1",
            ConversationId = "c",
            Author = author,
            Text = text,
            Events = "[]",
            At = at,
        };
}
