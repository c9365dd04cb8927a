using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>
/// Containers of every kind on a real engine: recorded, re-created in place, destroyed, and put back from the record. Docker's
/// inspect is the same afterwards but for what is listed and explained in <see cref="InspectDifference"/>.
/// </summary>
[TakesLong(120)]
public sealed class EverySpecificationSurvives(HostBench bench) : IClassFixture<HostBench>
{
    private const int AtOnce = 4;
    private const int AtLeast = 40;

    [Fact]
    public async Task Recorded_destroyed_and_rolled_back_it_is_what_it_was()
    {
        var docker = bench.Docker;
        await docker.ImageAsync(Specimens.Image, "ENV FROM_IMAGE=yes", "LABEL of.image=yes");
        await docker.ImageAsync(Specimens.ImageWithVolume, "VOLUME /var/lib/app", "EXPOSE 5432");
        await docker.ImageAsync(Specimens.ImageWithEntrypoint, "ENTRYPOINT [\"false\"]", "CMD [\"x\"]");
        var network = await MakeNetworkAsync(Specimens.Network, "10.77.0.0/24");
        await MakeNetworkAsync(Specimens.Second, "10.78.0.0/24");
        await docker.PostAsync("volumes/create", new JsonObject { ["Name"] = Specimens.NamedVolume });
        await docker.ContainerAsync(
            Specimens.Provider,
            Specimens.Image,
            adjust: body =>
            {
                body["Volumes"] = new JsonObject { ["/shared"] = new JsonObject() };
                body["HostConfig"]!["NetworkMode"] = "bridge";
                body["HostConfig"]!["IpcMode"] = "shareable";
            }
        );
        var folder = Directory.CreateDirectory(Path.Combine(bench.StateFolderPath, "host")).FullName;
        var specimens = Specimens.All(network, folder).Concat(Datasets()).ToList();
        var failures = new ConcurrentBag<string>();
        var impossible = new ConcurrentBag<string>();
        var survived = 0;
        await Parallel.ForEachAsync(
            specimens,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (specimen, _) =>
            {
                try
                {
                    foreach (var difference in await DifferencesAsync(specimen))
                        failures.Add($"{specimen.Name}: {difference}");
                    Interlocked.Increment(ref survived);
                }
                catch (SpecimenImpossibleException exception)
                {
                    impossible.Add($"{specimen.Name}: {exception.Message}");
                }
                catch (Exception exception)
                {
                    failures.Add($"{specimen.Name}: {exception.Message}");
                }
            }
        );
        foreach (var words in impossible)
            TestContext.Current.TestOutputHelper?.WriteLine($"This engine can't make {words}");
        Assert.True(failures.IsEmpty, string.Join("\n", failures.Order(StringComparer.Ordinal)));
        Assert.True(survived >= AtLeast, $"Only {survived} of {specimens.Count}:\n{string.Join("\n", impossible)}");
    }

    private async Task<IReadOnlyList<string>> DifferencesAsync(Specimen specimen)
    {
        var name = "m-" + specimen.Name;
        var (id, started) = await MakeAsync(name, specimen);
        await SettledAsync(id, specimen);
        var before = await bench.Docker.InspectAsync(id);
        var hash = (await bench.Engine.InspectAsync(id, CancellationToken.None))!.ConfigHash;
        var record = bench.Bench.Specifications.Keep((await bench.Reader.ReadAsync(id, CancellationToken.None))!);

        var outcome = await bench.RunAsync(
            StepVerbs.ContainerRecreate,
            id,
            StepJson.Of(new RecreateArguments(GraceSeconds: 1, SteadySeconds: 0)),
            containers: [id]
        );
        if (outcome.State != ProposalState.Succeeded)
            return [$"re-created in place: {outcome.Text}"];
        await SettledAsync(name, specimen);
        var replaced = await bench.Docker.InspectAsync(name);
        var differences = InspectDifference
            .Of(before, replaced)
            .Select(difference => $"re-created in place: {difference}")
            .ToList();
        var now = (await bench.Engine.InspectAsync(replaced["Id"]!.GetValue<string>(), CancellationToken.None))!;
        if (now.ConfigHash != hash)
            differences.Add("re-created in place: the configuration hash is another");

        // As `docker rm -f` does: what nobody named stays behind as a volume without a container.
        await DestroyAsync(name);
        if (!started)
            return differences;
        outcome = await bench.RunAsync(
            StepVerbs.ContainerCreate,
            record,
            StepJson.Of(new CreateArguments(SteadySeconds: 0))
        );
        if (outcome.State != ProposalState.Succeeded)
            return [.. differences, $"put back: {outcome.Text}"];
        await SettledAsync(name, specimen);
        differences.AddRange(
            InspectDifference
                .Of(before, await bench.Docker.InspectAsync(name))
                .Select(difference => $"put back: {difference}")
        );
        await DestroyAsync(name);
        return differences;
    }

    private async Task<(string Id, bool Started)> MakeAsync(string name, Specimen specimen)
    {
        var made = await MakeAsync(name, specimen, specimen.Started);
        if (made.Started || !specimen.Started)
            return made;
        // An attempt leaves traces: what can't be started is compared as it was before anybody tried.
        await bench.Docker.RemoveAsync(name);
        return await MakeAsync(name, specimen, start: false);
    }

    private async Task<(string Id, bool Started)> MakeAsync(string name, Specimen specimen, bool start)
    {
        try
        {
            var request = new JsonObject
            {
                ["Image"] = Specimens.Image,
                ["Cmd"] = new JsonArray([.. BusyboxImage.Chatter(name).Select(part => (JsonNode)part)]),
                ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none" },
            };
            specimen.Adjust(request);
            var created = await bench.Docker.PostAsync($"containers/create?name={name}", request);
            var id = created!["Id"]!.GetValue<string>();
            foreach (var (network, endpoint) in specimen.Networks ?? [])
            {
                await bench.Docker.PostAsync(
                    $"networks/{network}/connect",
                    new JsonObject { ["Container"] = id, ["EndpointConfig"] = JsonNode.Parse(endpoint) }
                );
            }
            return (id, start && await StartsAsync(id));
        }
        catch (InvalidOperationException exception)
        {
            await bench.Docker.RemoveAsync(name);
            throw new SpecimenImpossibleException(exception.Message.Split('\n')[0]);
        }
    }

    /// <summary>What this machine's kernel or hardware does not let run can still be made, and made again.</summary>
    private async Task<bool> StartsAsync(string id)
    {
        using var answer = await bench.Docker.Http.PostAsync(new Uri($"containers/{id}/start", UriKind.Relative), null);
        return answer.IsSuccessStatusCode;
    }

    private async Task DestroyAsync(string container)
    {
        await bench.Docker.PostAsync($"containers/{container}/stop?t=1");
        // One that removes itself takes a moment after it has ended, and a busy engine may have to be asked again.
        await Eventually.TrueAsync(
            $"{container} to be gone",
            async token =>
            {
                using var answer = await bench.Docker.Http.DeleteAsync(
                    new Uri($"containers/{container}?force=true", UriKind.Relative),
                    token
                );
                return answer.StatusCode == System.Net.HttpStatusCode.NotFound;
            }
        );
    }

    /// <summary>A health check has said its first word; the dataset's commands may end at once.</summary>
    private Task SettledAsync(string container, Specimen specimen) =>
        Eventually.TrueAsync(
            $"{specimen.Name} to settle",
            async token =>
            {
                token.ThrowIfCancellationRequested();
                var state = (await bench.Docker.InspectAsync(container))["State"]!;
                return state["Health"]?["Status"]?.GetValue<string>() is not "starting";
            }
        );

    private async Task<string> MakeNetworkAsync(string name, string subnet) =>
        (
            await bench.Docker.PostAsync(
                "networks/create",
                new JsonObject
                {
                    ["Name"] = name,
                    ["CheckDuplicate"] = true,
                    ["IPAM"] = new JsonObject { ["Config"] = new JsonArray(new JsonObject { ["Subnet"] = subnet }) },
                }
            )
        )!["Id"]!.GetValue<string>();

    /// <summary>Inspects that others published, as far as an engine takes them.</summary>
    private static IEnumerable<Specimen> Datasets()
    {
        var folder = Path.Combine(
            Environment.GetEnvironmentVariable("SEVENSA_DATASETS")
                ?? Path.Combine(Workspace.Root, "..", "shared", "datasets"),
            "docker-engine"
        );
        if (!Directory.Exists(folder))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"No datasets at {folder}: their inspects are left out.");
            yield break;
        }
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
        {
            var read = JsonNode.Parse(File.ReadAllText(file));
            var inspects =
                read is JsonArray list ? list.OfType<JsonObject>()
                : read is JsonObject one ? [one]
                : [];
            var number = 0;
            foreach (var inspect in inspects.Where(inspect => inspect["HostConfig"] is JsonObject))
            {
                yield return new Specimen(
                    $"{Path.GetFileNameWithoutExtension(file).Replace('.', '-')}-{++number}",
                    body =>
                    {
                        foreach (var (member, value) in inspect["Config"] as JsonObject ?? [])
                        {
                            // Their images and commands are not here; a container that ends at once could not be compared.
                            if (member is not ("Image" or "Cmd" or "Hostname" or "Labels"))
                                body[member] = value?.DeepClone();
                        }
                        foreach (var (key, value) in inspect["Config"]?["Labels"] as JsonObject ?? [])
                            body["Labels"]![key] = value?.DeepClone();
                        foreach (var (member, value) in inspect["HostConfig"]!.AsObject())
                        {
                            if (member is not ("NetworkMode" or "ContainerIDFile"))
                                body["HostConfig"]![member] = WithoutPlaceholders(value);
                        }
                    }
                );
            }
        }
    }

    /// <summary>Documentation shows a list of objects as <c>[{}]</c>, which stands for nothing.</summary>
    private static JsonNode? WithoutPlaceholders(JsonNode? value) =>
        value is JsonArray list && list.All(item => item is JsonObject { Count: 0 })
            ? new JsonArray()
            : value?.DeepClone();

    private sealed class SpecimenImpossibleException(string message) : Exception(message);
}
