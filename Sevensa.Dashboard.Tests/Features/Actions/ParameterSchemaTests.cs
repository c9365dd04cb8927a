using System.Text.Json;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public sealed class ParameterSchemaTests
{
    private static readonly JsonElement Schema = JsonElement.Parse(
        """{"type":"object","properties":{"replicas":{"type":"integer","minimum":1,"maximum":50},"cpus":{"type":"number"}}}"""
    );

    private static readonly JsonElement Whole = JsonElement.Parse(
        """
        {"type":"object","properties":{
          "replicas":{"type":"integer","minimum":1,"maximum":50},
          "cpus":{"type":["number","null"]},
          "mode":{"type":"string","enum":["slow","steady"]},
          "key":{"type":"string","minLength":1,"maxLength":4,"pattern":"^[A-Z]+$"},
          "commands":{"type":"array","items":{"type":"string","pattern":"^\\S+$"}}}}
        """
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

    [Theory]
    [InlineData("""{"replicas":0}""", "The parameter replicas of k is 0 and must be at least 1.")]
    [InlineData("""{"replicas":51}""", "The parameter replicas of k is 51 and must be at most 50.")]
    [InlineData("""{"replicas":"many"}""", "The parameter replicas of k must be integer, not a string.")]
    [InlineData("""{"cpus":true}""", "The parameter cpus of k must be number or null, not a boolean.")]
    [InlineData("""{"mode":"fast"}""", "The parameter mode of k must be one of slow, steady.")]
    [InlineData("""{"key":"a b"}""", "The parameter key of k must match ^[A-Z]+$.")]
    [InlineData("""{"key":""}""", "The parameter key of k must have at least 1 characters.")]
    [InlineData("""{"key":"ABCDE"}""", "The parameter key of k must have at most 4 characters.")]
    [InlineData("""{"commands":["A","b c"]}""", "The parameter commands of k must match ^\\S+$.")]
    [InlineData("""{"speed":1}""", "\"speed\" is not a parameter of k. There are replicas, cpus, mode, key, commands.")]
    [InlineData("""{"cpus":1,"cpus":2}""", "The parameter cpus of k is given twice.")]
    [InlineData("""[1]""", "The parameters of k are an object, not an array.")]
    [InlineData("""{"replicas":null}""", "The parameter replicas of k must be integer, not null.")]
    public void What_is_wrong_is_said_with_what_is_allowed(string parameters, string words)
    {
        var refused = Assert.Throws<CannotPlanException>(() =>
            ParameterSchema.Check("k", Whole, JsonElement.Parse(parameters))
        );
        Assert.Equal(words, refused.Message);
    }

    [Fact]
    public void What_is_missing_is_named_and_what_has_a_default_gets_it()
    {
        var schema = JsonElement.Parse(
            """{"type":"object","required":["a","b"],"properties":{"a":{"type":"string","default":"x"},"b":{"type":"string"}}}"""
        );
        var refused = Assert.Throws<CannotPlanException>(() => ParameterSchema.Check("k", schema, default));
        Assert.Equal("The parameter b of k is missing.", refused.Message);
        var filled = ParameterSchema.Check("k", schema, JsonElement.Parse("""{"b":"y"}"""));
        Assert.Equal("""{"b":"y","a":"x"}""", filled.GetRawText());
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
