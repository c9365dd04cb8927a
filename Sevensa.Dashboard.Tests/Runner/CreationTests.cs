using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What of a container is its own, and what it has from its image or from its id.</summary>
public class CreationTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static readonly string anonymous = new('e', 64);

    private static async Task<Specification> ReadAsync(
        string config,
        string host,
        string mounts,
        string networks,
        string image
    )
    {
        await using var desk = new Desk();
        desk.Works.AddImage("sha256:1111", "shop/web:1");
        desk.Works.Images["sha256:1111"]["Config"] = JsonNode.Parse(image);
        var container = desk.Engine.Add("shop-web-1", facts => facts with { Id = Id });
        desk.Works.Describe(
            Id,
            new JsonObject
            {
                ["Image"] = "sha256:1111",
                ["Config"] = JsonNode.Parse(config),
                ["HostConfig"] = JsonNode.Parse(host),
                ["Mounts"] = JsonNode.Parse(mounts),
                ["NetworkSettings"] = new JsonObject { ["Networks"] = JsonNode.Parse(networks) },
            }
        );
        return (await desk.Bench.Reader.ReadAsync(container.Id, CancellationToken.None))!;
    }

    private static JsonObject Body(Specification specification, Differently? difference = null) =>
        Creation.Of(specification, "shop/web:x", difference ?? new Differently(), reference => reference).Body;

    [Fact]
    public async Task With_another_image_what_was_inherited_is_taken_from_the_new_one()
    {
        var specification = await ReadAsync(
            """{"Image":"shop/web:1","Env":["PATH=/bin","VERSION=1","DB=mine"],"Cmd":["serve"],"Entrypoint":["/run"],"WorkingDir":"/app","User":"app","Labels":{"version":"1","mine":"yes"},"Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{},"81/tcp":{}}}""",
            "{}",
            "[]",
            "{}",
            """{"Env":["PATH=/bin","VERSION=1"],"Cmd":["serve"],"Entrypoint":["/run"],"WorkingDir":"/app","User":"","Labels":{"version":"1"},"Volumes":{"/data":{}},"ExposedPorts":{"80/tcp":{}}}"""
        );
        var same = Body(specification);
        Assert.Equal("""["PATH=/bin","VERSION=1","DB=mine"]""", same["Env"]!.ToJsonString());
        Assert.NotNull(same["Cmd"]);
        var other = Body(specification, new Differently(ImageId: "sha256:2222"));
        Assert.Equal("""["DB=mine"]""", other["Env"]!.ToJsonString());
        Assert.Null(other["Cmd"]);
        Assert.Null(other["Entrypoint"]);
        Assert.Null(other["WorkingDir"]);
        Assert.Equal("app", other["User"]!.GetValue<string>());
        Assert.Equal("""{"mine":"yes"}""", other["Labels"]!.ToJsonString());
        Assert.Equal("""{"81/tcp":{}}""", other["ExposedPorts"]!.ToJsonString());
    }

    [Fact]
    public async Task An_entrypoint_of_its_own_keeps_its_command()
    {
        var specification = await ReadAsync(
            """{"Entrypoint":["/mine"],"Cmd":["serve"]}""",
            "{}",
            "[]",
            "{}",
            """{"Entrypoint":["/run"],"Cmd":["serve"]}"""
        );
        var other = Body(specification, new Differently(ImageId: "sha256:2222"));
        Assert.Equal("""["/mine"]""", other["Entrypoint"]!.ToJsonString());
        Assert.Equal("""["serve"]""", other["Cmd"]!.ToJsonString());
    }

    [Fact]
    public async Task Anonymous_volumes_are_bound_by_name_and_what_was_the_ids_is_dropped()
    {
        var specification = await ReadAsync(
            """{"Hostname":"0123456789ab","Volumes":{"/data":{}}}""",
            """{"NetworkMode":"shop_default","Binds":["named:/n"],"Mounts":[{"Type":"volume","Target":"/m"}],"Links":["/db:/shop-web-1/store"]}""",
            $$"""[{"Type":"volume","Name":"{{anonymous}}","Destination":"/data","RW":true},{"Type":"volume","Name":"named","Destination":"/n","RW":true},{"Type":"volume","Name":"{{new string('d', 64)}}","Destination":"/m","RW":true}]""",
            """{"shop_default":{"Aliases":["web","0123456789ab"],"IPAMConfig":{"IPv4Address":"10.1.0.5"},"IPAddress":"10.1.0.5","EndpointID":"x"},"extra":{"Aliases":["0123456789ab"]}}""",
            "{}"
        );
        var creation = Creation.Of(specification, "shop/web:1", new Differently(), reference => reference);
        Assert.Null(creation.Body["Hostname"]);
        var host = creation.Body["HostConfig"]!;
        Assert.Equal(
            ["named:/n", $"{anonymous}:/data"],
            host["Binds"]!.AsArray().Select(bind => bind!.GetValue<string>())
        );
        Assert.Equal(new string('d', 64), host["Mounts"]![0]!["Source"]!.GetValue<string>());
        Assert.Equal("""["db:store"]""", host["Links"]!.ToJsonString());
        Assert.Equal(
            """{"IPAMConfig":{"IPv4Address":"10.1.0.5"},"Aliases":["web"]}""",
            creation.Body["NetworkingConfig"]!["EndpointsConfig"]!["shop_default"]!.ToJsonString()
        );
        Assert.Equal("extra", Assert.Single(creation.Connect).Network);
    }

    [Fact]
    public async Task Restored_data_comes_into_use_by_another_volumes_name()
    {
        var specification = await ReadAsync(
            "{}",
            """{"Binds":["data:/data:ro","/host:/host"],"Mounts":[{"Type":"volume","Source":"data","Target":"/again"}]}""",
            "[]",
            "{}",
            "{}"
        );
        var host = Body(
            specification,
            new Differently(Volumes: new Dictionary<string, string> { ["data"] = "data-restored" })
        )["HostConfig"]!;
        Assert.Equal("""["data-restored:/data:ro","/host:/host"]""", host["Binds"]!.ToJsonString());
        Assert.Equal("data-restored", host["Mounts"]![0]!["Source"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_replica_beside_another_has_no_address_of_the_other()
    {
        var specification = await ReadAsync(
            """{"MacAddress":"02:42:00:00:00:01"}""",
            """{"NetworkMode":"shop_default"}""",
            "[]",
            """{"shop_default":{"Aliases":["web"],"IPAMConfig":{"IPv4Address":"10.1.0.5"}}}""",
            "{}"
        );
        var body = Body(specification, new Differently(Beside: true));
        Assert.Null(body["MacAddress"]);
        Assert.Null(body["NetworkingConfig"]!["EndpointsConfig"]!["shop_default"]!["IPAMConfig"]);
    }

    [Fact]
    public async Task In_anothers_network_it_has_no_name_and_no_ports_of_its_own()
    {
        var body = Body(
            await ReadAsync(
                """{"Hostname":"other","ExposedPorts":{"80/tcp":{}}}""",
                """{"NetworkMode":"container:shop-proxy"}""",
                "[]",
                "{}",
                "{}"
            )
        );
        Assert.Null(body["Hostname"]);
        Assert.Null(body["ExposedPorts"]);
    }
}
