using System.Text.Json;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public sealed class ParameterSchemaTests
{
    private static readonly JsonElement Schema = JsonElement.Parse(
        """{"type":"object","properties":{"replicas":{"type":"integer","minimum":1,"maximum":50},"cpus":{"type":"number"}}}"""
    );

    [Theory]
    [InlineData("4.0", "4")]
    [InlineData("4e0", "4")]
    [InlineData("0.4e1", "4")]
    [InlineData("4", "4")]
    public void A_whole_number_is_one_however_it_is_written(string written, string read)
    {
        var parameters = ParameterSchema.Check("k", Schema, JsonElement.Parse($$"""{"replicas":{{written}}}"""));
        Assert.Equal(read, parameters.GetProperty("replicas").GetRawText());
        Assert.Equal(4, parameters.GetProperty("replicas").GetInt32());
    }

    [Fact]
    public void A_fraction_stays_one_and_is_no_whole_number()
    {
        var parameters = ParameterSchema.Check("k", Schema, JsonElement.Parse("""{"cpus":0.25}"""));
        Assert.Equal("0.25", parameters.GetProperty("cpus").GetRawText());
        Assert.Throws<CannotPlanException>(() =>
            ParameterSchema.Check("k", Schema, JsonElement.Parse("""{"replicas":1.5}"""))
        );
    }
}
