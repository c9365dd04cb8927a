using System.Text.Json;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

public class FactWordsTests
{
    [Fact]
    public void Containers_told_by_two_messages_share_their_words_and_stay_what_they_are()
    {
        var words = new FactWords();
        var told = Told();
        var (one, other) = (words.Of(told), words.Of(Told()));

        Assert.Equal(JsonSerializer.Serialize(told), JsonSerializer.Serialize(one));
        Assert.Same(one.ImageDigest, other.ImageDigest);
        Assert.Same(one.Networks[0], other.Networks[0]);
        Assert.Same(one.Labels.Keys.First(), other.Labels.Keys.First());
    }

    /// <summary>As it comes off the wire: every word a string of its own.</summary>
    private static ContainerFacts Told() =>
        JsonSerializer.Deserialize<ContainerFacts>(
            JsonSerializer.Serialize(
                Samples.Container("api") with
                {
                    Networks = ["edge"],
                    Labels = new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy" },
                }
            )
        )!;
}
