using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Workloads.Moving;
using Sevensa.Dashboard.Sandbox.Kubernetes;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>What the move writes, given to an API server that refuses what the recorded one refused, and left to its controllers.</summary>
public sealed class MoveOnAClusterTests
{
    [Fact]
    public async Task Every_published_file_is_taken_in_the_strict_form_and_its_pods_stand()
    {
        var stop = TestContext.Current.CancellationToken;
        using var cluster = new KubernetesStandIn(TimeProvider.System);
        cluster.World.Fill(new Dictionary<string, string>());
        await using var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn> { ["cluster"] = cluster },
            stop
        );
        using var client = new HttpClient { BaseAddress = new Uri(server.AddressOf("cluster")) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", KubeRights.AdminToken);
        var number = 0;
        foreach (var file in Directory.GetFiles(Path.Combine(Recorded.Datasets(), "compose"), "*_compose.y*ml"))
        {
            var space = string.Create(CultureInfo.InvariantCulture, $"moved-{number++}");
            var objects = ManifestForm.Read(
                ComposeMove
                    .Of(await File.ReadAllTextAsync(file, stop), space, new Dictionary<string, string>())
                    .Manifests
            );
            foreach (var one in objects)
            {
                using var body = new StringContent(one.ToJsonString(), Encoding.UTF8, "application/json");
                using var answer = await client.PostAsync(AddressOf(one, space), body, stop);
                Assert.True(
                    answer.StatusCode == HttpStatusCode.Created,
                    $"{file}: {one["kind"]}: {await answer.Content.ReadAsStringAsync(stop)}"
                );
            }
            cluster.World.Settle();
            foreach (var one in objects.Where(one => one["kind"]!.ToString() == "Deployment"))
            {
                var stands = cluster.Store.Find("deployments.apps", space, one["metadata"]!["name"]!.ToString())!;
                Assert.Equal(
                    one["spec"]!["replicas"]!.GetValue<int>(),
                    stands["status"]!["availableReplicas"]!.GetValue<int>()
                );
            }
        }
    }

    private static string AddressOf(JsonObject one, string space)
    {
        var resource = KubeResource.All.Single(known =>
            known.Kind == one["kind"]!.ToString() && known.ApiVersion == one["apiVersion"]!.ToString()
        );
        var root = resource.Group.Length == 0 ? "api" : $"apis/{resource.Group}";
        var inside = resource.Namespaced ? $"/namespaces/{space}" : "";
        return $"{root}/{resource.Version}{inside}/{resource.Name}?fieldValidation=Strict";
    }
}
