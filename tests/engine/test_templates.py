"""Chat templates: those of real models are let through, those that reach further are not."""

import pytest

from engine.lora.inspect_template import MAX_CHARACTERS, check_template
from engine.lora.refusals import Refused
from tests.engine.small_models import TEMPLATE


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE,
        "{%- for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% endif %}{% endfor %}",
        "{%- set ns = namespace(found=false, last=messages|length - 1) %}"
        "{% for m in messages[::-1] %}{% set ns.found = true %}{% break %}{% endfor %}",
        "{{ raise_exception('Only user and assistant') if messages[0]['role'] == 'tool' else '' }}{{ strftime_now('%d %B %Y') }}",
        "{% macro line(x, _tag='b') %}{{ _tag ~ x|trim }}{% endmacro %}{{ line(messages[0].content.split('</think>')[-1].lstrip('\\n')) }}",
        "{% for t in tools %}{{ t | tojson(indent=4) }}{{ loop.index0 }}{% endfor %}"
        "{{ messages|selectattr('role', 'equalto', 'user')|list|length }}",
        "{% for i in range(messages|length - 1, -1, -1) %}{{ messages[i]['content']|replace('a', 'b') }}{% endfor %}",
        "{{ tool_call.arguments.items()|map('first')|join(', ') }}{{ '{}: {}'.format(key, value) }}{{ '%s' % name }}",
    ],
)
def test_what_templates_do_is_let_through(template: str) -> None:
    check_template(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% from 'x' import y %}",
        "{% extends '/etc/passwd' %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages['__class__'] }}",
        "{{ messages['__cl' ~ 'ass__'] }}",
        "{{ messages['__cl' + 'ass__'] }}",
        "{{ messages[('__%s__' % 'class')] }}",
        "{{ messages[['__', 'class__']|join] }}",
        "{{ messages['SSALC'|lower] }}",
        "{{ messages|attr('__class__') }}",
        "{{ messages|attr('__cl' ~ 'ass__') }}",
        "{{ messages|map(attribute='__class__')|list }}",
        "{{ messages|map(attribute='a.__class__')|list }}",
        "{{ messages|map(attribute=role)|list }}",
        "{{ messages|map('attr', '__class__')|list }}",
        "{{ messages|map(which)|list }}",
        "{{ messages|selectattr('__class__')|list }}",
        "{{ messages|groupby('__class__') }}",
        "{{ messages|sort(attribute='__class__') }}",
        "{{ messages|select(test)|list }}",
        "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ lipsum(n=1000) }}",
        "{{ cycler }}",
        "{{ joiner('a') }}",
        "{{ open('/etc/passwd').read() }}",
        "{{ config() }}",
        "{{ messages.read() }}",
        "{{ messages[0].mro() }}",
        "{{ (messages|first)() }}",
        "{{ messages[0]() }}",
        "{{ '{0.__class__}'.format(messages) }}",
        "{{ '{0[__class__]}'.format(messages) }}",
        "{{ text.format(messages) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ 'a' * 1000000 }}",
        "{{ text * number }}",
        "{{ 10 ** 10 ** 10 }}",
        "{% for i in range(99999999) %}a{% endfor %}",
        "{{ 'a'|center(50000) }}",
        "{{ 'a'|indent(999999999) }}",
        "{{ 'a'|wordwrap(1) }}",
        "{{ 'a'|nothing }}",
        "{{ range(*messages) }}",
        "{% for a in b recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a in x %}" * 7 + "{% endfor %}" * 7,
        "{% debug %}",
        "{{ ",
        "{% if %}",
        "{{ 1" + "0" * 5000 + " }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{a}}" * 16_000,
        " " * (MAX_CHARACTERS + 1),
    ],
)
def test_what_no_template_needs_is_refused(template: str) -> None:
    with pytest.raises(Refused) as caught:
        check_template(template)
    assert caught.value.code == "bad_template"
    assert caught.value.params["problem"]
