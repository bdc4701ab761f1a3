"""The Playground beyond one question: settings, several models, branches, kept answers, what goes out and comes in."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.io.local_engine import ensure_engine, stop_engine
from core.io.workspace import Project, Workspace
from core.playground import answering
from core.playground.talk import Talk, new_answer
from pages.ui import coming
from tests.browser.seeds import NO_KEY, Seeds, server_at
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=NO_KEY) as server:
        yield server


@pytest.fixture
def server(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


@pytest.fixture
def trained(ws: Workspace, server: FakeOpenAI) -> Iterator[tuple[Project, str]]:
    """The bank example with a model on the fake server, and the model's name."""
    with ExitStack() as stack:
        yield Seeds(ws, stack).trained_there(server)


@pytest.fixture
def app(open_app: Open, trained: tuple[Project, str]) -> AppTest:
    """The Playground of that project, agreed to."""
    shown = open_app("playground", trained[0])
    next(box for box in shown.main.checkbox if "Yes, send" in box.label).check().run()
    assert not shown.exception
    return shown


def ask(app: AppTest, question: str = "What is my limit?") -> AppTest:
    app.chat_input[0].set_value(question).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.text, *app.code)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def sent(server: FakeOpenAI) -> list[dict[str, Any]]:
    return [one.json for one in server.seen("POST /chat/completions")]


def talk(ws: Workspace, project: Project) -> Talk:
    record = ws.jobs(project.id)[0]
    return Talk.from_json(ws.get_setting(f"chat/{project.id}/{record.id}"))


def work(app: AppTest, project: Project, part: str) -> AppTest:
    """Open what can be done with the conversation, at one of its parts."""
    app.session_state[f"work_{project.id}"] = True
    app.run()
    box = next(one for one in app.main.get("button_group") if "work_on_" in (one.key or ""))
    box.set_value(part).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.main.button if button.label == label).click().run()
    assert not app.exception
    return app


def area(app: AppTest, label: str) -> Any:
    return next(one for one in app.main.text_area if one.label == label)


def test_every_setting_is_sent_and_has_its_sentence(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI) -> None:
    id = trained[0].id
    for name, value in {"temperature": 0.7, "top_p": 0.5, "frequency": 0.5, "presence": -0.5}.items():
        app.slider(key=f"{name}_{id}").set_value(value)
    for name, whole in {"limit": 9, "seed": 3}.items():
        app.number_input(key=f"{name}_{id}").set_value(whole)
    app.text_area(key=f"stop_{id}").set_value("END\n\nSTOP")
    app.button_group(key=f"place_{id}").set_value("last").run()
    assert all(one.help for one in (*app.main.slider, *app.main.number_input))
    assert "The system prompt stands after the question here" in texts(app)
    ask(app)
    for one in sent(server):
        chosen = {name: value for name, value in one.items() if name not in ("model", "messages", "stream", "stream_options")}
        assert chosen == {
            "temperature": 0.7,
            "top_p": 0.5,
            "max_tokens": 9,
            "frequency_penalty": 0.5,
            "presence_penalty": -0.5,
            "stop": ["END", "STOP"],
            "seed": 3,
        }
        assert [turn["role"] for turn in one["messages"]] == ["user", "system"]


def test_what_the_practice_model_makes_nothing_of_cannot_be_set_and_is_said_once(open_app: Open, ws: Workspace) -> None:
    with ExitStack() as stack:
        stack.callback(stop_engine, ws.home)
        project = Seeds(ws, stack).trained_here()
        app = open_app("playground", project)
        assert all(one.disabled for one in app.main.slider) and app.number_input(key=f"seed_{project.id}").disabled
        assert not app.number_input(key=f"limit_{project.id}").disabled and not area(app, "Stop sequences, one on each line").disabled
        assert texts(app).count("change nothing") == 1
        ask(app)
        work(app, project, "copy")
        shown = "\n".join(one.value for one in app.code)
        assert "engine.json" in shown and str(ensure_engine(ws.home).token) not in shown


def test_what_is_left_to_the_server_is_not_sent(app: AppTest, server: FakeOpenAI) -> None:
    ask(app)
    assert {"temperature", "max_tokens"} == sent(server)[0].keys() - {"model", "messages", "stream", "stream_options"}


def test_too_many_stop_sequences_are_refused_in_words(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI) -> None:
    app.text_area(key=f"stop_{trained[0].id}").set_value("a\nb\nc\nd\ne").run()
    ask(app)
    assert "There can be up to 4 stop sequences" in texts(app) and not sent(server)


def test_a_preset_is_kept_and_fills_the_fields_in_another_session(
    app: AppTest, trained: tuple[Project, str], open_app: Open, ws: Workspace
) -> None:
    project = trained[0]
    app.slider(key=f"temperature_{project.id}").set_value(1.5)
    app.text_area(key=f"system_{project.id}").set_value("You are a pirate.")
    app.text_input(key=f"preset_name_{project.id}").set_value("Pirate").run()
    app.button(key=f"preset_keep_{project.id}").click().run()
    assert not app.exception
    again = open_app("playground", project)
    box = again.selectbox(key=f"preset_{project.id}")
    assert box.options == ["As in the training", "As in the training, with more variety", "Pirate"]
    box.set_value("own Pirate").run()
    assert not again.exception
    assert again.slider(key=f"temperature_{project.id}").value == 1.5
    assert again.text_area(key=f"system_{project.id}").value == "You are a pirate."
    again.button(key=f"preset_drop_{project.id}").click().run()
    assert not again.exception
    assert ws.get_setting(f"play/{project.id}/presets") == []


def test_a_preset_without_a_name_is_refused(app: AppTest, trained: tuple[Project, str]) -> None:
    app.button(key=f"preset_keep_{trained[0].id}").click().run()
    assert not app.exception and "This preset has no name yet." in texts(app)


def test_four_models_answer_one_question(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI, ws: Workspace) -> None:
    project, tuned = trained
    server.answer = lambda body: f"I am {body['model']}"
    box = app.multiselect(key=f"sides_{project.id}")
    checkpoints = [one for one in box.options if "after step" in one]
    assert checkpoints, "an earlier state can be asked, too"
    server.models.append({**server.models[0], "id": "a-third"})
    app.text_input(key=f"play_name_{project.id}").set_value("a-third")
    press(app, "Add it")
    keys = app.multiselect(key=f"sides_{project.id}").value
    assert keys == ["before", "after", "a-third"]
    step = next(one["id"] for one in server.models if "ckpt-step" in one["id"])
    app.multiselect(key=f"sides_{project.id}").set_value([*keys, step]).run()
    assert app.chat_input[0].proto.placeholder == "Ask all 4 models"
    ask(app)
    said = [text.value for text in app.text]
    assert {f"I am {name}" for name in (BASE, tuned, "a-third", step)} <= set(said)
    assert set(talk(ws, project).exchanges[0]["answers"]) == {BASE, tuned, "a-third", step}
    box = app.multiselect(key=f"sides_{project.id}")
    assert box.proto.max_selections == 4 < len(box.options) and "“Select all” takes the first 4 of the list" in texts(app)


def test_a_model_of_another_host_is_asked_only_after_its_own_yes(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI) -> None:
    project = trained[0]
    other = "gpt-4.1-mini-2025-04-14@https://api.openai.com"
    box = app.multiselect(key=f"sides_{project.id}")
    box.set_value([*box.value, other]).run()
    assert not app.exception
    assert "What you ask here is sent to api.openai.com" in texts(app)
    assert app.chat_input[0].disabled, "agreed to for one host is not agreed to for another"
    next(one for one in app.main.checkbox if "api.openai.com" in one.label).check().run()
    ask(app)
    assert len(sent(server)) == 2
    assert "api.openai.com needs an API key." in texts(app), "the others answer all the same"


def test_what_was_asked_before_goes_to_another_host_only_after_its_own_yes(
    app: AppTest, trained: tuple[Project, str], server: FakeOpenAI, ws: Workspace
) -> None:
    project = trained[0]
    ask(app)
    work(app, project, "edit")
    box = app.multiselect(key=f"sides_{project.id}")
    box.set_value([*box.value, "gpt-4.1-mini-2025-04-14@https://api.openai.com"]).run()
    assert {one.label for one in app.main.button if one.disabled} >= {"Ask the changed question", "Regenerate in a branch"}
    before = len(sent(server))
    (record,) = ws.jobs(project.id)
    app.session_state[f"wanted_again_chat/{project.id}/{record.id}"] = True  # a click that was made before the model was added
    app.run()
    assert not app.exception and len(sent(server)) == before and "needs an API key" not in texts(app)


def test_each_reply_says_its_time_its_tokens_and_that_its_price_is_not_known(app: AppTest) -> None:
    ask(app)
    facts = [one.value for one in app.main.caption if "in all" in one.value]
    assert len(facts) == 2
    assert all("seconds" in one and "tokens written" in one and "11 tokens read" in one and "price not known" in one for one in facts)


def test_a_cut_reply_is_said_to_be_cut(app: AppTest, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    original = answering.reply_warnings
    monkeypatch.setattr(
        answering, "reply_warnings", lambda reply, settings: original(type(reply)(reply.text, reply.model, "length"), settings)
    )
    ask(app)
    assert texts(app).count("The reply was cut by the limit on its length.") == 2


def test_an_edited_question_is_a_branch_and_the_first_one_can_be_looked_at_again(
    app: AppTest, trained: tuple[Project, str], server: FakeOpenAI, ws: Workspace
) -> None:
    project = trained[0]
    ask(app)
    work(app, project, "edit")
    area(app, "The question, to be changed").set_value("What is my overdraft?").run()
    press(app, "Ask the changed question")
    assert [one["messages"][-1]["content"] for one in sent(server)[-2:]] == ["What is my overdraft?"] * 2
    kept = talk(ws, project)
    assert [[one["question"] for one in branch] for branch in kept.branches] == [["What is my limit?"], ["What is my overdraft?"]]
    box = next(one for one in app.main.selectbox if one.label == "Branch of the conversation")
    box.set_value(0).run()
    assert not app.exception
    assert "You said: What is my limit?" in texts(app) and "You said: What is my overdraft?" not in texts(app)


def test_regenerating_asks_one_model_anew_and_keeps_what_it_had_said(
    app: AppTest, trained: tuple[Project, str], server: FakeOpenAI, ws: Workspace
) -> None:
    project, tuned = trained
    ask(app)
    server.answer = lambda body: "Otherwise."
    [_, button] = [one for one in app.main.button if one.label == "Regenerate"]
    button.click().run()
    assert not app.exception
    assert len(sent(server)) == 3 and sent(server)[-1]["model"] == tuned
    kept = talk(ws, project).exchanges[0]["answers"][tuned]
    assert kept["text"] == "Otherwise." and [one["text"] for one in kept["earlier"]] == ["You said: What is my limit?"]


def test_a_stopped_reply_is_kept_when_the_question_is_asked_again(app: AppTest, trained: tuple[Project, str], ws: Workspace) -> None:
    project, tuned = trained
    stopped = Talk().asked("Still there?")
    (one,) = stopped.exchanges
    for side in (BASE, tuned):
        stopped = stopped.answered(one["id"], side, {**new_answer(), "text": f"The part of {side}"})
    ws.set_setting(f"chat/{project.id}/{ws.jobs(project.id)[0].id}", stopped.to_json())
    press(app.run(), "Ask again")
    answers = talk(ws, project).exchanges[0]["answers"]
    assert all(answers[side]["done"] for side in (BASE, tuned))
    assert [answers[side]["earlier"][0]["text"] for side in (BASE, tuned)] == [f"The part of {BASE}", f"The part of {tuned}"]


def test_a_turn_by_hand_is_sent_as_if_it_had_been_said(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI) -> None:
    work(app, trained[0], "hand")
    area(app, "Question").set_value("Who are you?")
    area(app, "Answer").set_value("The bank.").run()
    press(app, "Add this turn")
    assert "Written by hand, for every model" in texts(app)
    ask(app)
    for one in sent(server):
        assert [turn["content"] for turn in one["messages"][1:]] == ["Who are you?", "The bank.", "What is my limit?"]


def test_an_empty_turn_by_hand_is_refused_in_words(app: AppTest, trained: tuple[Project, str]) -> None:
    work(app, trained[0], "hand")
    press(app, "Add this turn")
    assert "There is no answer yet." in texts(app) or "There is no question yet." in texts(app)


def test_a_kept_answer_is_a_row_of_the_next_version(app: AppTest, trained: tuple[Project, str], open_app: Open, ws: Workspace) -> None:
    project = trained[0]
    ask(app, "May I pay with shells?")
    work(app, project, "keep")
    area(app, "The answer as it should be").set_value("no JSON").run()
    assert "The other answers of your data are built otherwise" in texts(app)
    right = '{"Top Category": "Payments", "Sub Category": "Other"}'
    area(app, "The answer as it should be").set_value(right).run()
    press(app, "Keep it")
    assert "1 answer is kept in Prepare." in texts(app)
    prepare = open_app("prepare", project)
    assert "Kept from the Playground – 1 row" in texts(prepare)
    assert "Row 303: kept in the Playground on" in texts(prepare) and "below an answer of “After”" in texts(prepare)
    prepare.button(key="save").click().run()
    assert not prepare.exception and "Saved as version 2." in texts(prepare)
    saved = ws.dataset(str(ws.project(project.id).dataset_id))
    assert sum(saved.counts.values()) == 302 and 303 in [row for rows in saved.split["rows"].values() for row in rows]


def test_a_question_of_the_data_gets_its_answer_mended_there(app: AppTest, trained: tuple[Project, str], ws: Workspace) -> None:
    project = trained[0]
    question = next(one for one in app.main.get("button_group") if (one.key or "").startswith("tries_")).options[0]
    ask(app, getattr(question, "content", question).replace("\\", ""))
    work(app, project, "keep")
    assert "of your data asks this already" in texts(app)
    press(app, "Keep it")
    [step] = ws.project(project.id).draft["steps"]
    assert step["repair"] == "edit" and step["params"]["kept"]["model"] == "After"


def test_the_lines_to_copy_name_the_key_and_do_not_hold_it(
    open_app: Open, trained: tuple[Project, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-canary-0123456789abcdef"
    project = trained[0]
    app = open_app("playground", project)
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(secret).run()
    next(box for box in app.main.checkbox if "Yes, send" in box.label).check().run()
    ask(app)  # the server refuses this key, and the question stands there all the same
    work(app, project, "copy")
    shown = "\n".join(one.value for one in app.code)
    assert "from openai import OpenAI" in shown and "curl http://127.0.0.1" in shown and "OPENAI_API_KEY" in shown
    assert secret not in shown and secret not in texts(app)
    assert trained[1] in shown, "the trained model is the one that is wanted"


def test_whose_answer_is_kept_stays_when_more_models_are_asked(
    app: AppTest, trained: tuple[Project, str], server: FakeOpenAI, ws: Workspace
) -> None:
    def box() -> Any:
        return next(one for one in app.main.selectbox if one.label == "Whose answer")

    project, tuned = trained
    server.models.append({**server.models[0], "id": "a-third"})
    ask(app)
    work(app, project, "keep")
    assert box().value == tuned
    box().set_value(BASE).run()
    next(one for one in app.main.text_input if one.label == "Name of the model").set_value("a-third").run()
    press(app, "Add it")
    press(app, "Ask again")
    assert "a-third" in texts(app) and len(box().options) == 3 and box().value == BASE


def test_conversations_go_out_and_come_back(app: AppTest, trained: tuple[Project, str], ws: Workspace) -> None:
    project = trained[0]
    ask(app)
    work(app, project, "move")
    lines = [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Yes."},
            ]
        }
    ]
    data = "".join(json.dumps(one) + "\n" for one in lines).encode()
    uploader = app.main.get("file_uploader")[0]
    uploader.upload("talk.jsonl", data).run()
    press(app, "Import them as branches")
    assert "Imported: every model goes on from it" in texts(app) and "Written by hand" not in texts(app)
    assert "1 turn was imported as a branch of its own." in texts(app)
    assert app.text_area(key=f"system_{project.id}").value == "Be brief."
    assert [len(branch) for branch in talk(ws, project).branches] == [1, 1]


def test_a_model_name_that_is_markup_is_shown_as_text(app: AppTest, trained: tuple[Project, str], server: FakeOpenAI) -> None:
    project, name = trained[0], "![x](https://elsewhere.example/leak.png)"
    server.models.append({**server.models[0], "id": name})
    app.text_input(key=f"play_name_{project.id}").set_value(name).run()
    press(app, "Add it")
    ask(app)
    shown = [one.value for one in app.markdown if "leak.png" in one.value]
    assert shown and not any(name in one for one in shown), "neither while it answers nor afterwards"


def test_a_bad_file_of_conversations_is_refused_with_its_line(app: AppTest, trained: tuple[Project, str], ws: Workspace) -> None:
    project = trained[0]
    work(app, project, "move")
    app.main.get("file_uploader")[0].upload("talk.jsonl", b'{"messages": [\n').run()
    press(app, "Import them as branches")
    assert "Line 1 holds no conversation that can be imported." in texts(app)
    assert ws.get_setting(f"chat/{project.id}/{ws.jobs(project.id)[0].id}", []) == []


def test_without_a_trained_model_other_models_can_be_talked_to(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    where = server_at(server)
    with ExitStack() as stack:
        project, _ = Seeds(ws, stack).saved(where)
    app = open_app("playground", project)
    assert "No trained model yet" in "".join(one.value for one in app.header)
    app.toggle(key=f"meanwhile_{project.id}").set_value(True).run()
    assert "Choose a model first." in texts(app)
    app.text_input(key=f"play_name_{project.id}").set_value(BASE)
    press(app, "Add it")
    next(box for box in app.main.checkbox if "Yes, send" in box.label).check().run()
    ask(app, "Hello?")
    assert "You said: Hello?" in texts(app)


def test_of_texts_it_is_said_that_people_vote_and_rules_check(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    with ExitStack() as stack:
        project, tuned = Seeds(ws, stack).trained_there(server, example="sensor_advice")
    one = Talk().asked("Why?")
    one = one.answered(one.exchanges[0]["id"], tuned, {**new_answer(), "text": "Because.", "done": True})
    ws.set_setting(f"chat/{project.id}/{ws.jobs(project.id)[0].id}", one.to_json())
    app = open_app("playground", project)
    assert "you vote blindly on the texts" in texts(app) and "and counts" not in texts(app)


def test_for_a_room_nothing_of_this_is_shown(app: AppTest, trained: tuple[Project, str]) -> None:
    ask(app)
    app.toggle(key=f"present_{trained[0].id}").set_value(True).run()
    assert not app.exception
    assert not app.main.slider and not app.main.multiselect and not app.main.text_area
    assert {one.label for one in app.main.expander} <= {"Words on this page"}
    assert all(one.label != "Regenerate" for one in app.main.button)


def test_a_reply_that_is_under_way_is_found_again_by_a_page_that_is_opened_later(
    open_app: Open, trained: tuple[Project, str], server: FakeOpenAI, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = trained[0]
    server.fail("POST /chat/completions", faults.slow(8.0), always=True)
    with monkeypatch.context() as patch:
        patch.setattr(coming, "follow", lambda *args: None)  # the page is left at once
        app.chat_input[0].set_value("What is my limit?").run()
    again = open_app("playground", project)
    assert not again.exception
    assert texts(again).count("You said: What is my limit?") == 2
    assert len(sent(server)) == 2, "asked once"
