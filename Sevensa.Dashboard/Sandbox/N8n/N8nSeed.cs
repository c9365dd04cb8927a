using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>What the Sandbox's n8n has: a few workflows of each tenant, in every state that a page has to tell of.</summary>
internal static class N8nSeed
{
    /// <summary>What says whose a workflow is.</summary>
    private const string Tag = "tenant:";

    public static N8nStandIn Filled(this N8nStandIn n8n)
    {
        var now = n8n.Now;
        var ticket = Add(
            n8n,
            "tickEtFromAl3rt0",
            "Alert to ticket",
            "rentguy",
            Hook("alert-to-ticket"),
            Code("Ticket")
        );
        Ran(n8n, ticket, "success", now.AddHours(-5), seconds: 1.2);
        Ran(n8n, ticket, "success", now.AddMinutes(-42), seconds: 0.9);

        var invoices = Add(n8n, "m0nthlyInv0ices0", "Monthly invoices", "rentguy", Schedule(), Code("Collect"));
        Ran(n8n, invoices, "success", now.AddDays(-30), seconds: 48);
        Ran(n8n, invoices, "error", now.AddHours(-9), seconds: 3.4, error: "no such host: mail.rentguy.example");

        var crm = Add(n8n, "0nb0ardingT0Crm0", "Onboarding to CRM", "rentguy", Hook("onboarding"), Code("Contact"));
        // It was saved, and could not be published.
        crm.Change(crm.Name, [Code("Contact")], [], [], now.AddDays(-2));
        Ran(n8n, crm, "success", now.AddDays(-3), seconds: 2.1);
        Ran(n8n, crm, "new", now.AddSeconds(-20), seconds: null);

        var mails = Add(n8n, "certificateMai1s", "Certificate mails", "psra-ltsd", Schedule(), Code("Mail"));
        Ran(n8n, mails, "crashed", now.AddHours(-26), seconds: 0.1);
        var approval = Add(
            n8n,
            "appr0va1ByMessag",
            "Approval by message",
            "psra-ltsd",
            Hook("approval"),
            Node("Wait", "wait")
        );
        Ran(n8n, approval, "waiting", now.AddHours(-1), seconds: 0.1, until: N8nRun.ForEver);

        var sync = Add(n8n, "c0ntactSync0W1t0", "Contact sync", "witcom", Schedule(), Code("Sync"));
        Ran(n8n, sync, "running", now.AddMinutes(-2), seconds: null);

        var export = Add(n8n, "night1yExp0rt000", "Nightly export", null, Schedule(), Code("Export"));
        Ran(n8n, export, "success", now.AddHours(-10), seconds: 12);
        export.Deactivate(now.AddHours(-8));
        return n8n;
    }

    private static N8nFlow Add(N8nStandIn n8n, string id, string name, string? tenant, params JsonObject[] nodes)
    {
        var flow = n8n.Add(
            id,
            name,
            [.. nodes],
            new JsonObject
            {
                [(string)nodes[0]["name"]!] = new JsonObject
                {
                    ["main"] = new JsonArray(
                        new JsonArray(
                            new JsonObject
                            {
                                ["node"] = (string)nodes[^1]["name"]!,
                                ["type"] = "main",
                                ["index"] = 0,
                            }
                        )
                    ),
                },
            },
            new JsonObject { ["executionOrder"] = "v1" }
        );
        flow.Activate([], n8n.Now.AddDays(-40));
        if (tenant is not null)
        {
            n8n.Tag(flow, Tag + tenant);
        }
        return flow;
    }

    private static void Ran(
        N8nStandIn n8n,
        N8nFlow flow,
        string status,
        DateTimeOffset at,
        double? seconds,
        string? error = null,
        DateTimeOffset? until = null
    ) =>
        n8n.Runs.Add(
            new N8nRun(
                n8n.Runs.Count + 1,
                flow.Id,
                status,
                N8nFlow.Hooks(flow.Nodes).Any() ? "webhook" : "trigger",
                at,
                seconds is { } took ? at.AddSeconds(took) : null,
                until,
                error,
                N8nFlow.Hooks(flow.Nodes).FirstOrDefault()?.Node
            )
        );

    private static JsonObject Hook(string path)
    {
        var node = Node("Webhook", "webhook");
        node["webhookId"] = $"sandbox-{path}";
        node["parameters"] = new JsonObject
        {
            ["httpMethod"] = "POST",
            ["path"] = path,
            ["responseMode"] = "onReceived",
            ["options"] = new JsonObject(),
        };
        return node;
    }

    private static JsonObject Schedule() => Node("Schedule", "scheduleTrigger");

    private static JsonObject Code(string name)
    {
        var node = Node(name, "code");
        node["parameters"] = new JsonObject { ["jsCode"] = "return [{json:{ok:true}}];" };
        return node;
    }

    private static JsonObject Node(string name, string kind) =>
        new()
        {
            ["id"] = $"{kind}-{name}",
            ["name"] = name,
            ["type"] = $"n8n-nodes-base.{kind}",
            ["typeVersion"] = 1,
            ["position"] = new JsonArray(0, 0),
            ["parameters"] = new JsonObject(),
        };
}
