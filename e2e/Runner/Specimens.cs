using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>A container as somebody may have made it.</summary>
/// <param name="Adjust">Changes to <c>POST /containers/create</c>; the base runs a loop on no network.</param>
/// <param name="Networks">Connected after creation: network, and its endpoint's settings.</param>
public sealed record Specimen(
    string Name,
    Action<JsonObject> Adjust,
    IReadOnlyList<(string Network, string Endpoint)>? Networks = null,
    bool Started = true
);

/// <summary>Every field that must survive, at least once. Docker's own words throughout.</summary>
internal static class Specimens
{
    public const string Image = "matrix/app:1";
    public const string ImageWithVolume = "matrix/app:with-volume";
    public const string ImageWithEntrypoint = "matrix/app:with-entrypoint";
    public const string Network = "matrix-net";
    public const string Second = "matrix-second";
    public const string NamedVolume = "matrix-data";

    /// <summary>Whose network, IPC and volumes others share.</summary>
    public const string Provider = "matrix-provider";

    public static IReadOnlyList<Specimen> All(string networkId, string folder) =>
        [
            Host("plain", "{}"),
            Host("restart-always", """{"RestartPolicy":{"Name":"always"}}"""),
            Host("restart-unless-stopped", """{"RestartPolicy":{"Name":"unless-stopped"}}"""),
            Host("restart-on-failure", """{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}}"""),
            Host("memory", """{"Memory":67108864,"MemoryReservation":33554432}"""),
            Host("memory-and-swap", """{"Memory":67108864,"MemorySwap":100663296,"MemorySwappiness":10}"""),
            Host("cpus", """{"NanoCpus":500000000}"""),
            Host("cpu-quota-shares-set", """{"CpuQuota":40000,"CpuPeriod":90000,"CpuShares":512,"CpusetCpus":"0"}"""),
            Host("pids", """{"PidsLimit":64}"""),
            Host("blkio", """{"BlkioWeight":300}"""),
            Host("capabilities", """{"CapAdd":["NET_ADMIN","SYS_TIME"],"CapDrop":["MKNOD","AUDIT_WRITE"]}"""),
            Host("capabilities-none", """{"CapDrop":["ALL"]}"""),
            Host("privileged", """{"Privileged":true}"""),
            Host("read-only", """{"ReadonlyRootfs":true,"Tmpfs":{"/run":"rw,noexec,size=65536k","/scratch":""}}"""),
            Host(
                "ulimits",
                """{"Ulimits":[{"Name":"nofile","Soft":1024,"Hard":2048},{"Name":"nproc","Soft":100,"Hard":100}]}"""
            ),
            Host(
                "logging",
                """{"LogConfig":{"Type":"json-file","Config":{"max-size":"1m","max-file":"3","labels":"sevensa.service"}}}"""
            ),
            Host("logging-local", """{"LogConfig":{"Type":"local","Config":{"max-size":"2m"}}}"""),
            Host("logging-none", """{"LogConfig":{"Type":"none","Config":{}}}"""),
            Host(
                "devices",
                """{"Devices":[{"PathOnHost":"/dev/null","PathInContainer":"/dev/nothing","CgroupPermissions":"r"}],"DeviceCgroupRules":["c 1:* rmw"]}"""
            ),
            Host(
                "sysctls",
                """{"NetworkMode":"matrix-net","Sysctls":{"net.ipv4.ip_unprivileged_port_start":"80","net.core.somaxconn":"1024"}}"""
            ),
            Host(
                "hosts-and-dns",
                """{"NetworkMode":"matrix-net","ExtraHosts":["db:10.0.0.9","cache:10.0.0.10"],"Dns":["10.0.0.53"],"DnsSearch":["corp.example"],"DnsOptions":["ndots:1"]}"""
            ),
            Host("shm", """{"ShmSize":134217728,"IpcMode":"shareable"}"""),
            Host("ipc-host", """{"IpcMode":"host"}"""),
            Host("pid-host", """{"PidMode":"host"}"""),
            Host("uts-host", """{"UTSMode":"host"}"""),
            Host(
                "namespaces-of-another",
                $$"""{"IpcMode":"container:{{Provider}}","PidMode":"container:{{Provider}}"}"""
            ),
            Host("security", """{"SecurityOpt":["no-new-privileges:true","seccomp=unconfined"]}"""),
            Host("init-and-groups", """{"Init":true,"GroupAdd":["2000","3000"],"OomScoreAdj":500}"""),
            Host("cgroup", """{"CgroupnsMode":"host","CgroupParent":"/matrix"}"""),
            Host("auto-remove", """{"AutoRemove":true}"""),
            Both("user-and-folder", """{"User":"1654:1654","WorkingDir":"/tmp"}""", "{}"),
            Both("names", """{"Hostname":"shop","Domainname":"example.org"}""", "{}"),
            Both("terminal", """{"Tty":true,"OpenStdin":true,"StdinOnce":true,"AttachStdin":true}""", "{}"),
            Both("stopping", """{"StopSignal":"SIGINT","StopTimeout":3}""", "{}"),
            Both(
                "environment",
                """{"Env":["A=1","EMPTY=","EQUALS=a=b=c","TEXT=zwei Wörter\nund eine Zeile","NOVALUE"]}""",
                "{}"
            ),
            Both(
                "health-check",
                """{"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":1000000000,"Timeout":30000000000,"Retries":2,"StartPeriod":1000000000}}""",
                "{}"
            ),
            Both("health-check-off", """{"Healthcheck":{"Test":["NONE"]}}""", "{}"),
            Both(
                "entrypoint",
                """{"Entrypoint":["sh","-c"],"Cmd":["trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]}""",
                "{}"
            ),
            Both(
                "entrypoint-cleared",
                $$"""{"Image":"{{ImageWithEntrypoint}}","Entrypoint":[""],"Cmd":["sleep","3600"]}""",
                """{"Init":true}"""
            ),
            Both(
                "compose-labels",
                """{"Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"web","com.docker.compose.container-number":"1","com.docker.compose.depends_on":"db:service_healthy:false","traefik.http.routers.web.rule":"Host(`shop.example`)","empty":""}}""",
                "{}"
            ),
            Both(
                "bridge-ports",
                """{"ExposedPorts":{"80/tcp":{},"53/udp":{}}}""",
                """{"NetworkMode":"bridge","PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"18080"}],"53/udp":[{"HostIp":"","HostPort":"15353"}]}}"""
            ),
            Both(
                "any-port",
                """{"ExposedPorts":{"81/tcp":{},"82/tcp":{}}}""",
                """{"NetworkMode":"bridge","PublishAllPorts":true,"PortBindings":{"82/tcp":[{"HostIp":"","HostPort":""}]}}"""
            ),
            Both("mac-address", """{"MacAddress":"02:42:ac:1f:00:77"}""", """{"NetworkMode":"bridge"}"""),
            new(
                "aliases-and-address",
                Of(
                    "{}",
                    $$"""{"NetworkMode":"{{Network}}"}""",
                    """{"matrix-net":{"Aliases":["web","www"],"IPAMConfig":{"IPv4Address":"10.77.0.50"}}}"""
                )
            ),
            new(
                "two-networks",
                Of("{}", $$"""{"NetworkMode":"{{Network}}"}""", """{"matrix-net":{"Aliases":["front"]}}"""),
                [(Second, """{"Aliases":["back","shop-db"],"IPAMConfig":{"IPv4Address":"10.78.0.60"}}""")]
            ),
            new("network-by-id", Of("{}", $$"""{"NetworkMode":"{{networkId}}"}""", null)),
            Host("network-host", """{"NetworkMode":"host"}"""),
            Both("network-of-another", "{}", $$"""{"NetworkMode":"container:{{Provider}}"}"""),
            Host("links", $$"""{"NetworkMode":"bridge","Links":["{{Provider}}:db","{{Provider}}:{{Provider}}"]}"""),
            Host(
                "volumes",
                $$$"""{"Binds":["{{{NamedVolume}}}:/data","{{{NamedVolume}}}:/backup:ro","{{{folder}}}:/host:ro"]}"""
            ),
            Host(
                "mounts",
                $$$"""{"Mounts":[{"Type":"volume","Source":"{{{NamedVolume}}}","Target":"/data","VolumeOptions":{"NoCopy":true}},{"Type":"bind","Source":"{{{folder}}}","Target":"/host","ReadOnly":true,"BindOptions":{"Propagation":"rprivate"}},{"Type":"tmpfs","Target":"/cache","TmpfsOptions":{"SizeBytes":1048576,"Mode":448}}]}"""
            ),
            Both("anonymous-volumes", """{"Volumes":{"/data":{},"/more":{}}}""", "{}"),
            Host("anonymous-mount", """{"Mounts":[{"Type":"volume","Target":"/data"}]}"""),
            Both("volume-of-the-image", $$"""{"Image":"{{ImageWithVolume}}"}""", "{}"),
            Host("volumes-from", $$"""{"VolumesFrom":["{{Provider}}:ro"]}"""),
            new(
                "not-started",
                Of("""{"Volumes":{"/data":{}}}""", """{"RestartPolicy":{"Name":"always"}}""", null),
                Started: false
            ),
        ];

    private static Specimen Host(string name, string host) => Both(name, "{}", host);

    private static Specimen Both(string name, string config, string host) => new(name, Of(config, host, null));

    private static Action<JsonObject> Of(string config, string host, string? endpoints) =>
        body =>
        {
            foreach (var (member, value) in JsonNode.Parse(config)!.AsObject())
                body[member] = value?.DeepClone();
            foreach (var (member, value) in JsonNode.Parse(host)!.AsObject())
                body["HostConfig"]![member] = value?.DeepClone();
            if (endpoints is not null)
                body["NetworkingConfig"] = new JsonObject { ["EndpointsConfig"] = JsonNode.Parse(endpoints) };
        };
}
