using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>From a wish to change what runs to a proposal: find out what is meant, look at the figures, propose once, say what the tools said.</summary>
internal static class ReleaseTalk
{
    /// <summary>Null when the operator asks for something else.</summary>
    public static Answer? Next(Conversation talk, Intent intent)
    {
        if (ReleaseWish.Read(talk.Question, intent) is null)
        {
            return null;
        }
        foreach (var earlier in talk.EarlierQuestions.Reverse().Select(Intent.Read))
        {
            intent = intent.Tenant.Length > 0 ? intent : intent with { Tenant = earlier.Tenant };
        }
        if (intent.Tenant.Length == 0)
        {
            return SandboxModel.WithoutTenant(talk);
        }
        var wish = ReleaseWish.Read(talk.Question, intent)!;
        if (talk.ResultOf("propose") is { } proposed)
        {
            return Answer.Say(Outcome(talk, wish, proposed));
        }
        if (!talk.Offers("propose"))
        {
            return Answer.Say(
                "I may not propose changes here: the tool propose was not offered to me. Nothing was changed."
            );
        }
        if (wish.When.Length > 0 && talk.Offers("find_releases"))
        {
            if (talk.ResultOf("find_releases") is not { } then)
            {
                return SandboxModel.Call(
                    talk,
                    "find_releases",
                    ("tenant", intent.Tenant),
                    ("when", wish.When),
                    ("service", wish.Service.Length > 0 ? wish.Service : null)
                );
            }
            if (then.Error is { } unclear)
            {
                return Answer.Say($"{unclear.TrimEnd('.')}. Nothing was proposed.");
            }
            if (then.Items.All(service => ToolResult.Word(service["differs"]) != "true"))
            {
                return Answer.Say(
                    $"At {Meant(then)} ran what runs now:\n{string.Join('\n', then.Items.Select(Then))}\nThere is nothing to roll back, so I proposed nothing."
                );
            }
        }
        if (NeedsContainers(wish) && talk.ResultOf("list_containers") is null && talk.Offers("list_containers"))
        {
            return SandboxModel.Call(talk, "list_containers", ("tenant", intent.Tenant));
        }
        if (talk.ResultOf("list_containers") is { Error: { } error })
        {
            return SandboxModel.Failed("list_containers", error);
        }
        if (Completed(talk, intent, wish) is not { } whole)
        {
            return Answer.Say($"Which service of {intent.Tenant} do you mean?");
        }
        var watched = intent with { Service = Looked(talk, whole) };
        return watched.Service.Length > 0 && SandboxModel.NextMetric(talk, watched, Relevant(whole)) is { } look
            ? look
            : Answer.Do(
                "propose",
                ("kind", whole.Kind),
                ("tenant", intent.Tenant),
                ("target", whole.Target),
                ("parameters", whole.Parameters.DeepClone()),
                ("reason", Reason(talk, whole))
            );
    }

    private static bool NeedsContainers(ReleaseWish wish) => wish.Service.Length > 0 || wish.Kind == "service.deploy";

    private static ReadOnlySpan<string> Relevant(ReleaseWish wish) =>
        wish.Kind switch
        {
            "service.rollback" or "tenant.rollback" or "service.deploy" => (string[])["memory", "latencyP95"],
            "container.resources" => (string[])["memory"],
            _ => [],
        };

    /// <summary>With the service that an image belongs to, and the repository that a bare tag is of.</summary>
    private static ReleaseWish? Completed(Conversation talk, Intent intent, ReleaseWish wish)
    {
        if (wish.Kind != "service.deploy")
        {
            return wish;
        }
        var containers = talk.ResultOf("list_containers")?.Items.ToArray() ?? [];
        var own = containers.FirstOrDefault(c =>
            wish.Service.Length > 0
                ? Figures.IsService(c, wish.Service)
                : Repository(ToolResult.Word(c["image"])) == Repository(wish.Image)
        );
        if (own is null)
        {
            return wish.Service.Length > 0 ? wish : null;
        }
        var service = ToolResult.Word(own["service"]);
        var image = wish.Image.Contains(':', StringComparison.Ordinal)
            ? wish.Image
            : $"{Repository(ToolResult.Word(own["image"]))}:{wish.Image}";
        return wish with
        {
            Target = service,
            Service = service,
            Image = image,
            Parameters = new() { ["image"] = image },
        };
    }

    private static string Repository(string image)
    {
        var bare = image.Split('@')[0];
        var colon = bare.LastIndexOf(':');
        return colon > bare.LastIndexOf('/') ? bare[..colon] : bare;
    }

    /// <summary>The service whose figures are worth a look: the one meant, or the first that would go back.</summary>
    private static string Looked(Conversation talk, ReleaseWish wish) =>
        wish.Service.Length > 0 ? wish.Service
        : talk.ResultOf("find_releases")?.Items.FirstOrDefault(s => ToolResult.Word(s["differs"]) == "true")
            is { } first
            ? ToolResult.Word(first["service"])
        : "";

    private static string Reason(Conversation talk, ReleaseWish wish)
    {
        var then = talk.ResultOf("find_releases")
            ?.Items.Where(s => ToolResult.Word(s["differs"]) == "true")
            .Select(Then);
        var figures = Seen(talk);
        return $"The operator asked: \"{Figures.Cut(talk.Question, 200)}\"."
            + (then is not null ? $" {string.Join(" ", then.Select(t => t + "."))}" : "")
            + (figures.Length > 0 ? $" Seen: {string.Join("; ", figures)}." : "");
    }

    private static string Then(JsonObject service) =>
        ToolResult.Word(service["image"]) is { Length: > 0 } image
            ? $"{ToolResult.Word(service["service"])}: {(ToolResult.Word(service["now"]) is { Length: > 0 } now && now != image ? $"{now} back to {image}" : image)} ({ToolResult.Word(service["found"])})"
            : $"{ToolResult.Word(service["service"])}: {ToolResult.Word(service["found"])}";

    private static string Meant(ToolResult then) => ToolResult.Word((then.Data as JsonObject)?["meant"]);

    private static string[] Seen(Conversation talk) =>
        [.. talk.CallsOf("query_metric").Where(d => d.Result.Error is null).Select(d => Figures.Metric(d.Result))];

    private static string Outcome(Conversation talk, ReleaseWish wish, ToolResult proposed)
    {
        if (proposed.Error is { } error)
        {
            return $"The proposal was not made: {error.TrimEnd('.')}. Nothing was changed.";
        }
        var data = proposed.Data as JsonObject;
        if (ToolResult.Word(data?["id"]).Length == 0)
        {
            return "The answer to my proposal could not be understood, so I can't say that it exists. Nothing was changed by me.";
        }
        var said = new List<string>();
        if (talk.ResultOf("find_releases") is { Error: null } then)
        {
            said.Add($"\"{wish.When}\" is taken for {Meant(then)}:");
            said.AddRange(then.Items.Select(s => "- " + Then(s)));
            // What follows a list without a blank line belongs to its last item.
            said.Add("");
        }
        var risk = ToolResult.Word(data!["risk"]) is { Length: > 0 } r ? $", risk {r}" : "";
        said.Add(
            $"I proposed: {ToolResult.Word(data["title"])}{risk}. It waits for a person's approval; nothing has been changed."
        );
        if (Seen(talk) is { Length: > 0 } figures)
        {
            said.Add("What I saw before:");
            said.AddRange(figures.Select(f => "- " + f));
        }
        return string.Join('\n', said);
    }
}
