namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What models write besides and instead of answers, in the forms that their templates teach them, and answers that only look like it.</summary>
internal static class WrittenForms
{
    /// <summary>Thoughts and tokens of templates, and what of the text is the answer.</summary>
    public static readonly (string Written, string Shown, bool EndsInThought)[] Thoughts =
    [
        ("<think>secret plan</think>\n\nThe answer is 42.", "The answer is 42.", false),
        ("reasoning …</think>\nThe answer is 43.", "The answer is 43.", false),
        ("<thinking>\na\n</thinking>Yes.", "Yes.", false),
        ("Before.<think>x</think> After.", "Before. After.", false),
        ("<think>never closed", "", true),
        ("Here it is.\n<think>hm, is it", "Here it is.\n", true),
        ("<think>a</think><think>b</think>Yes.", "Yes.", false),
        ("[THINK]hm[/THINK]Yes.", "Yes.", false),
        ("◁think▷hm◁/think▷Yes.", "Yes.", false),
        ("<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes.", false),
        ("<|channel>thought\nhm<channel|>Yes.", "Yes.", false),
        ("<unused94>thought\nhm<unused95>Yes.", "Yes.", false),
        ("<seed:think>hm</seed:think>Yes.", "Yes.", false),
        (
            "<|channel|>analysis<|message|>They ask.<|end|><|start|>assistant<|channel|>final<|message|>All is well.<|return|>",
            "All is well.",
            false
        ),
        (
            "<|start|>assistant<|channel|>analysis<|message|>They ask.<|end|><|start|>assistant<|channel|>final<|message|>All is well.",
            "All is well.",
            false
        ),
        ("<|channel|>final<|message|>All is well.", "All is well.", false),
        ("<|channel|>analysis<|message|>They ask and", "", true),
        ("analysisWe need to say it.assistantfinalAll is well.", "All is well.", false),
        ("Here is my thought process:\nThey ask.\n\nHere is my response:\nAll is well.", "All is well.", false),
        ("All is well.<|im_end|>", "All is well.", false),
        ("All is well.<|eot_id|>", "All is well.", false),
        ("""I would {"name": "list_tenants", "arguments": {}} do</think>It is fine.""", "It is fine.", false),
    ];

    /// <summary>Calls of tools as text: what is shown before them, and the calls with their arguments, or in what way they can't be read.</summary>
    public static readonly (string Written, string Shown, string Calls)[] Calls =
    [
        (
            """{"name": "propose", "parameters": {"kind":"container.restart","tenant":"rentguy","target":"api","reason":"asked"}}""",
            "",
            "propose"
        ),
        ("""<tool_call>{"name": "list_tenants", "arguments": {}}</tool_call>""", "", "list_tenants"),
        ("<tool_call>\n{\"name\": \"list_tenants\", \"arguments\": {}}\n", "", "list_tenants"),
        (
            """<think>hm</think><tool_call>{"name":"list_tenants","arguments":{}}</tool_call><tool_call>{"name":"list_containers","arguments":{"tenant":"a"}}</tool_call>""",
            "",
            "list_tenants,list_containers"
        ),
        ("```json\n{\"name\": \"list_tenants\", \"arguments\": {}}\n```", "", "list_tenants"),
        (
            "I will look.\n```json\n{\"name\": \"list_tenants\", \"arguments\": {}}\n```\nThen I say more.",
            "I will look.\n",
            "list_tenants"
        ),
        (
            """To see them I call {"name": "list_tenants", "arguments": {}} and wait.""",
            "To see them I call ",
            "list_tenants"
        ),
        (
            """{"name": "list_containers", "arguments": {"tenant": "rentguy"}}. This function lists the containers.""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""{"type":"function","function":{"name":"list_tenants","arguments":{}}}""", "", "list_tenants"),
        ("""[{"name":"list_tenants","arguments":{}}]""", "", "list_tenants"),
        ("""[TOOL_CALLS][{"name":"list_tenants","arguments":{}}]""", "", "list_tenants"),
        ("""[TOOL_CALLS]list_containers{"tenant":"rentguy"}""", "", """list_containers{"tenant":"rentguy"}"""),
        ("""<|python_tag|>{"name":"list_tenants","parameters":{}}""", "", "list_tenants"),
        (
            """<function=list_containers>{"tenant":"rentguy"}</function>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<function=list_containers>\n<parameter=tenant>\nrentguy\n</parameter>\n</function>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""[list_containers(tenant="rentguy")]""", "", """list_containers{"tenant":"rentguy"}"""),
        ("""{"name":"container.restart","arguments":{"target":"api"}}""", "", "container.restart"),
        ("""{"name": "list_containers",""", "", "not to its end"),
        ("""{"name": "list_containers", "arguments": {"tenant": "rent""", "", "not to its end"),
        (
            """<|channel|>analysis<|message|>They ask.<|end|><|start|>assistant<|channel|>commentary to=functions.list_containers <|constrain|>json<|message|>{"tenant":"rentguy"}<|call|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|channel|>commentary to=functions.list_containers<|message|>{"tenant":"rentguy"}""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|start|>assistant to=functions.list_containers<|channel|>commentary json<|message|>{"tenant":"rentguy"}<|call|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant<|channel|>commentary to=functions.list_tenants <|constrain|>json<|message|>{}<|call|>",
            "I will look.",
            "list_tenants{}"
        ),
        (
            """analysisWe need to look.assistantcommentary to=functions.list_containers json{"tenant":"rentguy"}""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""list_containers(tenant="rentguy")""", "", """list_containers{"tenant":"rentguy"}"""),
        ("list_containers(tenant='rentguy')\n", "", """list_containers{"tenant":"rentguy"}"""),
        ("list_containers(tenant=rentguy)", "", """list_containers{"tenant":"rentguy"}"""),
        (
            """[list_tenants(), list_containers(tenant="rentguy")]""",
            "",
            """list_tenants{} list_containers{"tenant":"rentguy"}"""
        ),
        (
            "I will look:\nlist_containers(tenant=\"rentguy\")",
            "I will look:\n",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""I look at [list_containers(tenant="rentguy")]""", "I look at ", """list_containers{"tenant":"rentguy"}"""),
        ("""print(list_containers(tenant="rentguy"))""", "", """list_containers{"tenant":"rentguy"}"""),
        (
            """print(default_api.list_containers(tenant="rentguy"))""",
            "",
            """default_api.list_containers{"tenant":"rentguy"}"""
        ),
        (
            "```tool_code\nprint(list_containers(tenant=\"rentguy\"))\n```",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "```python\nresult = list_containers(tenant=\"rentguy\")\nprint(result)\n```",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """query_metric(tenant="rentguy", metric="memory", hours=24, service=None)""",
            "",
            """query_metric{"tenant":"rentguy","metric":"memory","hours":24,"service":null}"""
        ),
        ("""list_containers({"tenant": "rentguy"})""", "", """list_containers{"tenant":"rentguy"}"""),
        ("""restart(service="api")""", "", "restart"),
        ("""[restart(service="api")]""", "", "restart"),
        ("""`list_containers(tenant="rentguy")`""", "", """list_containers{"tenant":"rentguy"}"""),
        (
            "<tool_call>\n<function=list_containers>\n<parameter=tenant>\nrentguy\n</parameter>\n</function>\n</tool_call>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<tool_call>{'name': 'list_containers', 'arguments': {'tenant': 'rentguy'}}</tool_call>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<tool_call>list_containers\n<arg_key>tenant</arg_key>\n<arg_value>rentguy</arg_value>\n</tool_call>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("<tool_call>list_tenants</tool_call>", "", "list_tenants{}"),
        (
            "<tools>\n{\"name\": \"list_containers\", \"arguments\": {\"tenant\": \"rentguy\"}}\n</tools>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<function_call> {"name": "list_containers", "arguments": {"tenant": "rentguy"}}""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|tool_call|>[{"name": "list_containers", "arguments": {"tenant": "rentguy"}}]""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|tool_call|>[{"name": "list_containers", "arguments": {"tenant": "rentguy"}}]<|/tool_call|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """functools[{"name": "list_containers", "arguments": {"tenant": "rentguy"}}]""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """[TOOL_CALLS]list_containers[ARGS]{"tenant":"rentguy"}[TOOL_CALLS]list_tenants[ARGS]{}""",
            "",
            """list_containers{"tenant":"rentguy"} list_tenants{}"""
        ),
        (
            """[TOOL_CALLS]list_containers[CALL_ID]abc123def[ARGS]{"tenant":"rentguy"}""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """[TOOL_CALLS] [{"name": "list_containers", "arguments": {"tenant": "rentguy"}}]""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""list_containers{"tenant": "rentguy"}""", "", """list_containers{"tenant":"rentguy"}"""),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>list_containers\n```json\n{\"tenant\":\"rentguy\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>list_containers<｜tool▁sep｜>{"tenant":"rentguy"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"list_containers\">\n<｜DSML｜parameter name=\"tenant\" string=\"true\">rentguy</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|tool_calls_section_begin|><|tool_call_begin|>functions.list_containers:0<|tool_call_argument_begin|>{"tenant":"rentguy"}<|tool_call_end|><|tool_calls_section_end|>""",
            "",
            """functions.list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<minimax:tool_call>\n<invoke name=\"list_containers\">\n<parameter name=\"tenant\">rentguy</parameter>\n</invoke>\n</minimax:tool_call>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|tool_call>call:list_containers{tenant:<|"|>rentguy<|"|>}<tool_call|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<start_function_call>call:list_containers{tenant:<escape>rentguy<escape>}<end_function_call>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|START_ACTION|>[{"tool_call_id":"0","tool_name":"list_containers","parameters":{"tenant":"rentguy"}}]<|END_ACTION|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<|tool_call_start|>[list_containers(tenant="rentguy")]<|tool_call_end|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """<TOOLCALL>[{"name":"list_containers","arguments":{"tenant":"rentguy"}}]</TOOLCALL>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """[TOOL_REQUEST]{"name":"list_containers","arguments":{"tenant":"rentguy"}}[END_TOOL_REQUEST]""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "✿FUNCTION✿: list_containers\n✿ARGS✿: {\"tenant\":\"rentguy\"}",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "Thought: I look.\nAction: list_containers\nAction Input: {\"tenant\":\"rentguy\"}\nObservation: none",
            "Thought: I look.\n",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""{"list_containers": {"tenant": "rentguy"}}""", "", """list_containers{"tenant":"rentguy"}"""),
        (
            """{"tool_calls":[{"name":"list_containers","arguments":{"tenant":"rentguy"}}]}""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            """{"tool_uses":[{"recipient_name":"functions.list_containers","parameters":{"tenant":"rentguy"}}]}""",
            "",
            """functions.list_containers{"tenant":"rentguy"}"""
        ),
        (
            """{"name":"list_containers","parameters":{"tenant":"rentguy"}}; {"name":"list_tenants","parameters":{}}""",
            "",
            """list_containers{"tenant":"rentguy"} list_tenants{}"""
        ),
        (
            "{'name': 'list_containers', 'arguments': {'tenant': 'rentguy'}}",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "{\"name\":\"list_containers\",\"arguments\":\"{\\\"tenant\\\":\\\"rentguy\\\"}\"}",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        (
            "<list_containers>\n<tenant>rentguy</tenant>\n</list_containers>",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""<list_containers tenant="rentguy" />""", "", """list_containers{"tenant":"rentguy"}"""),
        ("<list_tenants/>", "", "list_tenants{}"),
        (
            """<|python_tag|>list_containers(tenant="rentguy")<|eom_id|>""",
            "",
            """list_containers{"tenant":"rentguy"}"""
        ),
        ("""<tool_call>{"foo": 1}</tool_call>""", "", "not so that it can be read"),
        ("""<tool_call>{"name": "list_containers", "argum""", "", "not to its end"),
        ("<|python_tag|>import os\nos.system(\"x\")", "", "not so that it can be read"),
        ("[TOOL_CALLS]", "", "not to its end"),
        ("""<tool_call>{"name":"list_tenants","arguments":{}}</tool_call><think>hm</think>""", "", "list_tenants"),
        ("""{"name":"list_tenants","arguments":{"a":"<think>"}}""", "", "list_tenants"),
    ];

    /// <summary>Answers about such things, code, quotations and markup: shown as they are.</summary>
    public static readonly string[] Answers =
    [
        "All is well.",
        """{"level":"error","msg":"it failed"}""",
        "The line is:\n{\"level\":\"error\",\"msg\":\"it failed\"}\nand no more.",
        "```sh\ndocker ps\n```\nShows them.",
        "CPU < 5 and [1] says so.",
        "{ not json at all",
        "Such models write <think> and then </think> around what they think.",
        "The tag `<think>` opens it, `</think>` closes it.",
        "```xml\n<think>a</think>\n```\nis what it wrote.",
        """The line says "<think>" and no more.""",
        "Tokens such as <|im_end|> end a turn.",
        "It ended mid-word<think>and went on",
        "A <b>bold</b> claim.",
        "1 <2 and 3> 2",
        "See [the docs](https://x) and <https://y>.",
        "Use <think> here",
        "analysis of the logs shows nothing.",
        "Here is my thought process: I looked.",
        "Here is what runs: api.",
        "The function restart() is called by main().",
        "restart() is what it is called.",
        "restart()",
        "main()\nand restart() failed.",
        """To do it, call `restart(service="api")`.""",
        "```python\nrestart(service=\"api\")\n```\nrestarts it.",
        "list_tenants() is a tool of mine.",
        "In Python:\n```python\nfor t in list_tenants():\n    print(t)\n```",
        "f(x) = 2x",
        "Restart (if needed) the api.",
        "It failed in handler(request=...) at line 3.",
        "`docker ps` shows them.",
        "`list_tenants` and `list_containers` are my tools.",
        "See [list_tenants](/tenants).",
        "propose (with a reason) is how.",
        "The <tool_call> tag is how models call.",
        """The body is `{"name":"list_tenants","arguments":{}}`.""",
        "It is XML:\n```xml\n<service><name>api</name></service>\n```\nand more.",
        "<service><name>api</name></service>",
        "The config:\n```json\n{\"name\": \"api\", \"parameters\": {\"replicas\": 2}}\n```\nwas changed.",
        "It logs:\n{\"name\": \"api\", \"args\": [\"a\"], \"msg\": \"failed\"}\nonce.",
        """{"name":"api","image":"x","args":["a"]}""",
        "| a | b |\n|---|---|\n| `x` | y |",
        "- [ ] do it\n- [x] done",
        "[1] and [2] say so. [INFO] line",
        "Action: restart the api.\nReason: it hangs.",
        "```json\n{\"status\": \"ok\"}\n```",
        """{"status": {"ok": true}}""",
        "The commentary to this: none.",
        "Functions: none. functools is a module of Python.",
        """The JSON {"name": "x"} is short.""",
        """[{"name": "api", "cpu": 2}]""",
        """Use <function name="x"> in XML.""",
        "a `b",
        "it's ```not a fence``` here",
        "<b>list</b>",
        "see {\"a\"",
        "tail [",
        "tail <",
        "tail {",
        "Line\n`code` first",
        "Line\nlist_tenants",
        """{"config": {"a":""",
        """print("hello")""",
        "print(x)",
        "surrogate 😀 ok",
        "Two forms:\n1. `restart()`\n2. <tool_call>\nare known.",
        "In YAML:\n```yaml\nname: api\n```\n",
        "To call it:\n\n    list_tenants()\n",
        "The trace:\n```\n  at Main(String[] args)\n```\n",
        """Error in `f()`: {"name": "api"}.""",
        "name(arg=1) is how one writes it",
        "See service(api) and restart(api).",
        "Set to=api. It is set.",
        "[link](to=x)",
        "x <function= y",
        "A list: [a(b), c(d)] done",
        "tool_call: none",
        "Tools: none",
        "function_call is a word",
        """Use {"name": "restart", "arguments": {}} as the body of your request.""",
    ];
}
